"""Cloud Run: jobs, their policies and the operations that make them. Nothing here runs a container.

Form of operations, and what the API fills in: cloud.google.com/run/docs/reference/rest/v2/projects.locations.jobs and
cloud.google.com/run/docs/create-jobs (memory, CPU, retries, timeout). Operations are done when they are answered.
"""

from __future__ import annotations

import re
import uuid
from typing import Any

from gcp_local.services import identities, policies, roles
from gcp_local.services.cloud import CALLER, Cloud
from gcp_local.services.discovery.overlay import Overlay, Words
from gcp_local.services.errors import ApiError, Json, already_exists, invalid, not_emulated, not_found
from gcp_local.services.paging import page
from gcp_local.services.registry import Call, Service

V2 = "GoogleCloudRunV2"
# Numbers: google-cloud-run 0.16.2 and google/api/launch_stage.proto. Words that the client does not have yet are taken
# to be numbered on.
OVERLAY = Overlay(
    presence=frozenset({f"{V2}TaskTemplate.maxRetries"}),
    enums={
        f"{V2}Job.functionalType": Words("google.cloud.run.v2.FunctionalType"),
        f"{V2}Job.launchStage": Words("google.api.LaunchStage", (0, 6, 7, 1, 2, 3, 4, 5)),
        f"{V2}TaskTemplate.executionEnvironment": Words("google.cloud.run.v2.ExecutionEnvironment"),
        f"{V2}WorkloadIdentityConfig.identityType": Words("google.cloud.run.v2.WorkloadIdentityConfig.IdentityType"),
        f"{V2}VpcAccess.egress": Words("google.cloud.run.v2.VpcAccess.VpcEgress"),
        f"{V2}EmptyDirVolumeSource.medium": Words("google.cloud.run.v2.EmptyDirVolumeSource.Medium"),
        "GoogleIamV1AuditLogConfig.logType": policies.LOG_TYPES,
    },
)
SERVICE = Service(
    name="run",
    documents=("v2",),
    overlay=OVERLAY,
    notes=("Jobs are kept and never run; whether an image exists is not looked at. Operations are done at once.",),
)
JOBS, OPERATIONS = "run.jobs", "run.operations"
TYPE = "type.googleapis.com/google.cloud.run.v2.Job"
ID = re.compile(r"[a-z]([a-z0-9-]{0,61}[a-z0-9])?")
REGION = re.compile(r"[a-z]+-[a-z]+[0-9]{1,2}")
RESERVED = ("run.googleapis.com", "cloud.googleapis.com", "serving.knative.dev", "autoscaling.knative.dev")
MOST_RETRIES, LONGEST = 10, 168 * 3600.0


@SERVICE.handles("projects.locations.jobs.create")
def create(call: Call) -> Json:
    """Make a job; its image is not looked for."""
    identity = call.parameter("jobId")
    if not ID.fullmatch(identity):
        raise invalid(
            f"Job id '{identity}' must use only lowercase alphanumeric characters and dashes, begin with a letter, "
            "not end with a dash, and have at most 63 characters.",
            field="job_id",
        )
    name = f"{_place(call)}/jobs/{identity}"
    now = call.cloud.now().isoformat()
    with call.cloud.store.transaction():
        if call.cloud.store.get(JOBS, name):
            raise already_exists(f"Resource '{identity}' already exists.")
        made = {"name": name, "uid": str(uuid.uuid4()), "creator": CALLER, "createTime": now, "generation": "0"}
        return _written(call, made)


@SERVICE.handles("projects.locations.jobs.get")
def get(call: Call) -> Json:
    """One job."""
    return _job(call)


@SERVICE.handles("projects.locations.jobs.list")
def list_jobs(call: Call) -> Json:
    """The jobs of a region."""
    return page(call, "jobs", call.cloud.store.list(JOBS, f"{_place(call)}/jobs/"))


@SERVICE.handles("projects.locations.jobs.patch")
def patch(call: Call) -> Json:
    """Replace a job as a whole: the method has no mask. With `allowMissing` one that is not there is made."""
    with call.cloud.store.transaction():
        if call.flag("allowMissing") and not call.cloud.store.get(JOBS, f"{_place(call)}/jobs/{call.path['jobsId']}"):
            raise not_emulated("allowMissing of run.projects.locations.jobs.patch")
        job = _job(call)
        _check_etag(job, call.body.get("etag", ""))
        kept = ("name", "uid", "creator", "createTime", "generation")
        return _written(call, {field: job[field] for field in kept})


@SERVICE.handles("projects.locations.jobs.delete")
def delete(call: Call) -> Json:
    """Delete a job with its policy."""
    with call.cloud.store.transaction():
        job = _job(call)
        _check_etag(job, call.parameter("etag"))
        if not call.flag("validateOnly"):
            call.cloud.store.delete(JOBS, job["name"])
            policies.delete_policy(call.cloud, job["name"])
    return _done(call, {**job, "deleteTime": call.cloud.now().isoformat()})


@SERVICE.handles("projects.locations.jobs.getIamPolicy")
def get_policy(call: Call) -> Json:
    """Who may run the job."""
    return policies.read_policy(call.cloud, _guarded(call), call.number("options.requestedPolicyVersion", 0))


@SERVICE.handles("projects.locations.jobs.setIamPolicy")
def set_policy(call: Call) -> Json:
    """Say who may run the job."""
    policy, mask = call.body.get("policy", {}), call.body.get("updateMask", "")
    return policies.write_policy(call.cloud, _guarded(call), policy, mask)


@SERVICE.handles("projects.locations.operations.get", "projects.locations.operations.wait")
def get_operation(call: Call) -> Json:
    """An operation, always done."""
    name = f"{_place(call)}/operations/{call.path['operationsId']}"
    operation = call.cloud.store.get(OPERATIONS, name)
    if operation is None:
        raise not_found(f"Operation '{name}' was not found.")
    return operation


def _place(call: Call) -> str:
    location = call.path["locationsId"]
    if not REGION.fullmatch(location):
        raise ApiError(403, f"Permission denied on 'locations/{location}' (or it may not exist).")
    return f"projects/{call.cloud.project}/locations/{location}"


def _job(call: Call) -> Json:
    name = f"{_place(call)}/jobs/{call.path['jobsId']}"
    job = call.cloud.store.get(JOBS, name)
    if job is None:
        raise not_found(f"Resource '{call.path['jobsId']}' of kind 'JOB' in region '{name.split('/')[3]}' in project "
                        f"'{call.cloud.project}' does not exist.")  # fmt: skip
    return job


def _check_etag(job: Json, given: str) -> None:
    if given and given != job["etag"]:
        raise policies.stale_policy()


def _written(call: Call, made: Json) -> Json:
    """The operation that leaves the body as this job; with `validateOnly` nothing is kept."""
    cloud, now = call.cloud, call.cloud.now().isoformat()
    generation = str(int(made["generation"]) + 1)
    ready = {"type": "Ready", "state": "CONDITION_SUCCEEDED", "lastTransitionTime": now}
    job = {
        "launchStage": "GA",
        **{name: value for name, value in call.body.items() if name != "name"},
        **made,
        "template": _template(cloud, call.body.get("template", {})),
        "lastModifier": CALLER,
        "updateTime": now,
        "generation": generation,
        "observedGeneration": generation,
        "terminalCondition": ready,
        "conditions": [{**ready, "type": "ResourcesAvailable"}],
        "etag": f'"{uuid.uuid4().hex[:22]}"',
    }
    _check(job)
    if not call.flag("validateOnly"):
        cloud.store.put(JOBS, job["name"], job)
    return _done(call, job)


def _template(cloud: Cloud, given: Json) -> Json:
    """An execution's template with what Cloud Run fills in."""
    task: Json = given.get("template", {})
    defaults = {
        "maxRetries": 3,
        "timeout": "600s",
        "serviceAccount": f"{cloud.number}-compute@developer.gserviceaccount.com",
        "executionEnvironment": "EXECUTION_ENVIRONMENT_GEN2",
    }
    filled = {**defaults, **task, "containers": [_container(one) for one in task.get("containers", [])]}
    account = filled["serviceAccount"]
    if not identities.service_account_exists(cloud, account):
        raise ApiError(
            403, f"Permission 'iam.serviceaccounts.actAs' denied on service account {account} (or it may not exist)."
        )
    return {"taskCount": 1, **given, "template": filled}


def _container(given: Json) -> Json:
    limits = {"cpu": "1000m", "memory": "512Mi"}
    stated = given.get("resources", {})
    return {**given, "resources": {**stated, "limits": {**limits, **stated.get("limits", {})}}}


def _check(job: Json) -> None:
    for token in ("startExecutionToken", "runExecutionToken"):
        if token in job:
            raise not_emulated(f"{token}: running a job")
    task: dict[str, Any] = job["template"]["template"]
    if not task["containers"] or not all(one.get("image") for one in task["containers"]):
        raise invalid("template.template.containers: must name at least one image", field="job.template")
    if not 0 <= task["maxRetries"] <= MOST_RETRIES:
        raise invalid(f"max_retries: should be between 0 and {MOST_RETRIES}, inclusive", field="job.template")
    if not 0 < float(task["timeout"][:-1]) <= LONGEST:
        raise invalid(f"timeout: should be more than 0 and at most {LONGEST:.0f} seconds", field="job.template")
    for part in (job, job["template"]):
        for key in (*part.get("labels", {}), *part.get("annotations", {})):
            if key.partition("/")[0] in RESERVED:
                raise invalid(f"Annotations and labels must not use the namespace of {key}.", field="job")


def _guarded(call: Call) -> policies.Place:
    return policies.Place(_job(call)["name"], roles.fits_run)


def _done(call: Call, job: Json) -> Json:
    operation: Json = {
        "name": f"{_place(call)}/operations/{uuid.uuid4()}",
        "metadata": {"@type": TYPE, **job},
        "done": True,
        "response": {"@type": TYPE, **job},
    }
    call.cloud.store.put(OPERATIONS, operation["name"], operation)
    return operation
