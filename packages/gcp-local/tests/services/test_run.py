"""Cloud Run: jobs as the API keeps them, operations that are done, who may run a job."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from services.conftest import Api

PLACE = "/run/v2/projects/gcp-local/locations/us-central1"
NAME = "projects/gcp-local/locations/us-central1/jobs/weekly"
JOB = f"{PLACE}/jobs/weekly"
EMAIL = "builder@gcp-local.iam.gserviceaccount.com"


def wanted(**task: Any) -> dict[str, Any]:
    container = {"image": "us-docker.pkg.dev/acme/tools/builder:1", "args": ["run"]}
    return {"template": {"template": {"containers": [container], **task}}}


@pytest.fixture
def job(api: Api) -> dict[str, Any]:
    api("POST", "/iam/v1/projects/gcp-local/serviceAccounts", {"accountId": "builder"})
    body = wanted(serviceAccount=EMAIL, maxRetries=0)
    made: dict[str, Any] = api("POST", f"{PLACE}/jobs", body, jobId="weekly")
    return made


def test_a_job_is_made_by_an_operation_that_tells_the_job(api: Api, job: dict[str, Any]) -> None:
    assert job["done"] is True
    assert api("GET", f"/run/v2/{job['name']}") == job
    assert {**job["response"]} == {"@type": "type.googleapis.com/google.cloud.run.v2.Job", **api("GET", JOB)}
    assert [one["name"] for one in api("GET", f"{PLACE}/jobs")["jobs"]] == [NAME]
    api.refused(404, "GET", f"{PLACE}/operations/none")


def test_cloud_run_fills_in_what_a_job_leaves_open_and_keeps_no_retries_as_none(api: Api, job: dict[str, Any]) -> None:
    made = api("GET", JOB)
    task = made["template"]["template"]
    assert (task["maxRetries"], task["timeout"], task["executionEnvironment"]) == (
        *(0, "600s"),
        "EXECUTION_ENVIRONMENT_GEN2",
    )
    assert task["containers"][0]["resources"]["limits"] == {"cpu": "1000m", "memory": "512Mi"}
    assert (made["launchStage"], made["generation"], made["template"]["taskCount"]) == ("GA", "1", 1)
    assert (made["terminalCondition"]["type"], made["terminalCondition"]["state"]) == ("Ready", "CONDITION_SUCCEEDED")
    api("POST", f"{PLACE}/jobs", wanted(), jobId="other")
    other = api("GET", f"{PLACE}/jobs/other")["template"]["template"]
    assert other["maxRetries"] == 3
    assert other["serviceAccount"].endswith("-compute@developer.gserviceaccount.com")


def test_a_job_is_replaced_as_a_whole_under_its_etag(api: Api, job: dict[str, Any]) -> None:
    before = api("GET", JOB)
    api("PATCH", JOB, {**wanted(timeout="3600s"), "etag": before["etag"]})
    after = api("GET", JOB)
    assert (after["generation"], after["uid"], after["createTime"]) == ("2", before["uid"], before["createTime"])
    task = after["template"]["template"]
    assert (task["timeout"], task["maxRetries"], task["serviceAccount"] == EMAIL) == ("3600s", 3, False)
    api.refused(409, "PATCH", JOB, {**wanted(), "etag": before["etag"]})
    api.refused(404, "PATCH", f"{PLACE}/jobs/none", wanted())


@pytest.mark.parametrize(
    ("body", "code", "said"),
    [
        ({}, 400, "at least one image"),
        (wanted(maxRetries=11), 400, "max_retries"),
        (wanted(timeout="0s"), 400, "timeout"),
        (wanted(serviceAccount="nobody@gcp-local.iam.gserviceaccount.com"), 403, "iam.serviceaccounts.actAs"),
        (wanted(colour="red"), 400, 'Unknown name "colour"'),
        ({**wanted(), "labels": {"run.googleapis.com/x": "y"}}, 400, "namespace"),
        ({**wanted(), "startExecutionToken": "now"}, 501, "startExecutionToken"),
    ],
)
def test_a_job_that_cannot_be_is_refused_and_not_kept(api: Api, body: dict[str, Any], code: int, said: str) -> None:
    assert said in api.refused(code, "POST", f"{PLACE}/jobs", body, jobId="weekly")["message"]
    api.refused(404, "GET", JOB)


def test_a_job_lies_in_a_region_and_has_its_name_once(api: Api, job: dict[str, Any]) -> None:
    assert "already exists" in api.refused(409, "POST", f"{PLACE}/jobs", wanted(), jobId="weekly")["message"]
    api.refused(400, "POST", f"{PLACE}/jobs", wanted(), jobId="Weekly_")
    said = api.refused(403, "POST", "/run/v2/projects/gcp-local/locations/US/jobs", wanted(), jobId="weekly")
    assert said["message"] == "Permission denied on 'locations/US' (or it may not exist)."


def test_what_is_only_validated_is_not_kept(api: Api, job: dict[str, Any]) -> None:
    api("POST", f"{PLACE}/jobs", wanted(), jobId="other", validateOnly="true")
    api.refused(404, "GET", f"{PLACE}/jobs/other")
    api("DELETE", JOB, validateOnly="true")
    api("GET", JOB)


def test_who_may_run_a_job_stands_in_its_own_policy_and_goes_with_it(api: Api, job: dict[str, Any]) -> None:
    binding = {"role": "roles/run.invoker", "members": [f"serviceAccount:{EMAIL}"]}
    api("POST", f"{JOB}:setIamPolicy", {"policy": {"bindings": [binding]}})
    assert api("GET", f"{JOB}:getIamPolicy")["bindings"] == [binding]
    other = {"bindings": [{**binding, "role": "roles/storage.objectViewer"}]}
    api.refused(400, "POST", f"{JOB}:setIamPolicy", {"policy": other})
    assert "deleteTime" in api("DELETE", JOB)["response"]
    api.refused(404, "GET", JOB)
    api("POST", f"{PLACE}/jobs", wanted(), jobId="weekly")
    assert "bindings" not in api("GET", f"{JOB}:getIamPolicy")


def test_nothing_runs_a_container(api: Api, job: dict[str, Any]) -> None:
    assert "run.projects.locations.jobs.run is not emulated" in api.refused(501, "POST", f"{JOB}:run", {})["message"]
