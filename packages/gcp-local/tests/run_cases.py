"""Jobs of Cloud Run and of Cloud Scheduler as resources, for the provider's tests."""

from __future__ import annotations

from typing import Any

from provider_engine import Case

from gcp_local import environment

PROJECT = environment.project()
RUN_JOB = "gcp:cloudrunv2/job:Job"
MEMBER_OF_JOB = "gcp:cloudrunv2/jobIamMember:JobIamMember"
SCHEDULED = "gcp:cloudscheduler/job:Job"
RUNNER = f"acme-runner@{PROJECT}.iam.gserviceaccount.com"
PLACE = f"projects/{PROJECT}/locations/us-central1"
URI = f"https://run.googleapis.com/v2/{PLACE}/jobs/base:run"


def container(**changes: Any) -> dict[str, Any]:
    """A container as a program states it."""
    return {"image": "us-docker.pkg.dev/acme/tools/builder:1", "args": ["week", "run"], **changes}


def run_job(name: str, **task: Any) -> dict[str, Any]:
    """A job that may be deleted."""
    stated = {"containers": [container()], "serviceAccount": RUNNER, **task}
    template = {"template": stated}
    return {"name": name, "location": "us-central1", "deletionProtection": False, "template": template}


RUNS = (
    Case(
        RUN_JOB,
        {**run_job("made", maxRetries=0), "labels": {"env": "dev"}, "annotations": {"acme.example/team": "a"}},
        id=f"{PLACE}/jobs/made",
        known={"name": "made", "project": PROJECT, "location": "us-central1", "launchStage": "GA",
               "annotations": {"acme.example/team": "a"}, "effectiveAnnotations": {"acme.example/team": "a"},
               "deletionProtection": False, "reconciling": False},
        change={**run_job("made", maxRetries=1, timeout="3600s"), "labels": {"env": "prod"}},
        unknown=("id", "etag", "uid", "generation", "terminalConditions"),
    ),
    Case(
        MEMBER_OF_JOB,
        {"name": "base", "location": "us-central1", "role": "roles/run.invoker", "member": f"serviceAccount:{RUNNER}"},
        id=f"{PLACE}/jobs/base/roles/run.invoker/serviceAccount:{RUNNER}",
        known={"name": f"{PLACE}/jobs/base", "project": PROJECT, "location": "us-central1"},
        unknown=("id", "etag"),
    ),
    Case(
        SCHEDULED,
        {"name": "made", "region": "us-central1", "schedule": "0 10 * * 1", "timeZone": "America/Los_Angeles",
         "retryConfig": {"retryCount": 2},
         "httpTarget": {"uri": URI, "httpMethod": "POST", "oauthToken": {"serviceAccountEmail": RUNNER}}},
        id=f"{PLACE}/jobs/made",
        known={"name": "made", "project": PROJECT, "region": "us-central1", "paused": False, "state": "ENABLED",
               "attemptDeadline": "180s"},
        change={"schedule": "30 10 * * 1", "paused": True, "attemptDeadline": "60s"},
        changed={"schedule": "UPDATE", "paused": "UPDATE", "attemptDeadline": "UPDATE"},
        unknown=("id", "state"),
    ),
)  # fmt: skip
