"""The one project and its policy."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from gcp_local.services import policies, roles
from gcp_local.services.cloud import Cloud
from gcp_local.services.errors import ApiError

if TYPE_CHECKING:
    from services.conftest import Api


PROJECT = "/cloudresourcemanager/v1/projects/gcp-local"


def test_the_project_is_answered_in_both_versions(api: Api) -> None:
    first = api("GET", PROJECT)
    assert (first["projectNumber"], first["lifecycleState"]) == ("123456789012", "ACTIVE")
    third = api("GET", "/cloudresourcemanager/v3/projects/gcp-local")
    assert (third["name"], third["state"]) == ("projects/123456789012", "ACTIVE")


def test_the_project_is_listed_only_when_the_filter_means_it(api: Api) -> None:
    parent = "/cloudresourcemanager/v1/projects"
    assert len(api("GET", parent, filter="projectId:gcp-local")["projects"]) == 1
    assert api("GET", parent, filter="projectId:other") == {}
    api.refused(501, "GET", parent, filter="labels.a:b")


def test_a_grant_is_added_under_the_etag_that_was_read(api: Api) -> None:
    policy = api("POST", f"{PROJECT}:getIamPolicy", {"options": {"requestedPolicyVersion": 3}})
    assert [binding["role"] for binding in policy["bindings"]] == ["roles/owner"]
    changed = {**policy, "bindings": [*policy["bindings"], grant("roles/bigquery.jobUser")]}
    mask = "bindings,etag,auditConfigs"
    written = api("POST", f"{PROJECT}:setIamPolicy", {"policy": changed, "updateMask": mask})
    assert written["etag"] != policy["etag"]
    assert api("POST", f"{PROJECT}:getIamPolicy", {}) == written
    stale = api.refused(409, "POST", f"{PROJECT}:setIamPolicy", {"policy": changed, "updateMask": mask})
    assert stale["status"] == "ABORTED"


def test_audit_configs_stay_when_the_mask_names_bindings_only(api: Api) -> None:
    audit = {"service": "bigquery.googleapis.com", "auditLogConfigs": [{"logType": "DATA_READ"}]}
    api("POST", f"{PROJECT}:setIamPolicy", {"policy": {"auditConfigs": [audit]}, "updateMask": "auditConfigs"})
    body = {"policy": {"bindings": [grant("roles/viewer")]}, "updateMask": "bindings"}
    written = api("POST", f"{PROJECT}:setIamPolicy", body)
    assert written["auditConfigs"] == [audit]
    assert written["bindings"] == [grant("roles/viewer")]


@pytest.mark.parametrize(
    "binding",
    [
        {"role": "roles/storage.legacyBucketReader", "members": ["user:a@example.com"]},
        {"role": "roles/viewer", "members": ["allUsers"]},
        {"role": "roles/viewer", "members": ["projectOwner:gcp-local"]},
        {"role": "roles/bigquery.jobUsr", "members": ["user:a@example.com"]},
        {"role": "", "members": ["user:a@example.com"]},
    ],
)
def test_a_grant_that_no_project_takes_is_refused(api: Api, binding: dict[str, Any]) -> None:
    api.refused(400, "POST", f"{PROJECT}:setIamPolicy", {"policy": {"bindings": [binding]}})


def test_an_unknown_mask_is_refused(api: Api) -> None:
    api.refused(400, "POST", f"{PROJECT}:setIamPolicy", {"policy": {}, "updateMask": "members"})


def test_no_grant_is_lost_when_many_write_at_once(cloud: Cloud) -> None:
    place = policies.Place("projects", roles.fits_project, audited=True, public=False)

    def add(number: int) -> None:
        while True:
            policy = policies.read_policy(cloud, place)
            binding = {"role": "roles/viewer", "members": [f"user:u{number}@example.com"]}
            try:
                policies.write_policy(cloud, place, {**policy, "bindings": [*policy.get("bindings", []), binding]})
            except ApiError as error:
                if error.status != "ABORTED":
                    raise
            else:
                return

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(add, range(24)))
    (binding,) = policies.read_policy(cloud, place)["bindings"]
    assert len(binding["members"]) == 24


def grant(role: str) -> dict[str, Any]:
    return {"role": role, "members": ["user:a@example.com"]}
