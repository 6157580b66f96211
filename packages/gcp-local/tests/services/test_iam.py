"""Service accounts: their life and who may use them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from services.conftest import Api


PARENT = "/iam/v1/projects/gcp-local/serviceAccounts"
EMAIL = "acme-runner@gcp-local.iam.gserviceaccount.com"
ONE = f"{PARENT}/{EMAIL}"
TOKEN_CREATOR = "roles/iam.serviceAccountTokenCreator"


@pytest.fixture
def account(api: Api) -> dict[str, Any]:
    body = {"accountId": "acme-runner", "serviceAccount": {"displayName": "Runs", "description": "d"}}
    return api("POST", PARENT, body)


def test_a_new_account_has_what_google_answers(api: Api, account: dict[str, Any]) -> None:
    assert account["name"] == f"projects/gcp-local/serviceAccounts/{EMAIL}"
    assert account["email"] == EMAIL
    assert account["projectId"] == "gcp-local"
    assert len(account["uniqueId"]) == 21
    assert account["uniqueId"] == account["oauth2ClientId"]
    assert "disabled" not in account
    assert api("GET", ONE) == account
    assert api("GET", f"/iam/v1/projects/-/serviceAccounts/{EMAIL}") == account
    assert api("GET", f"{PARENT}/{account['uniqueId']}") == account
    assert api("GET", PARENT) == {"accounts": [account]}


def test_the_same_account_again_is_a_conflict(api: Api, account: dict[str, Any]) -> None:
    error = api.refused(409, "POST", PARENT, {"accountId": "acme-runner"})
    assert error["message"] == "Service account acme-runner already exists within project projects/gcp-local."


@pytest.mark.parametrize("account_id", ["", "short", "Upper-case", "ends-with-", "1starts", "x" * 31])
def test_an_id_of_the_wrong_form_is_refused(api: Api, account_id: str) -> None:
    assert "account ID" in api.refused(400, "POST", PARENT, {"accountId": account_id})["message"]


def test_an_unknown_field_is_refused_with_its_path(api: Api) -> None:
    body = {"accountId": "acme-runner", "serviceAccount": {"title": "x"}}
    error = api.refused(400, "POST", PARENT, body)
    assert error["message"] == (
        "Invalid JSON payload received. Unknown name \"title\" at 'service_account': Cannot find field."
    )


def test_patch_changes_only_what_the_mask_names(api: Api, account: dict[str, Any]) -> None:
    body = {"serviceAccount": {"displayName": "New", "description": "new"}, "updateMask": "display_name"}
    changed = api("PATCH", ONE, body)
    assert (changed["displayName"], changed["description"]) == ("New", "d")
    assert changed["etag"] != account["etag"]
    cleared = api("PATCH", ONE, {"serviceAccount": {}, "updateMask": "description"})
    assert "description" not in cleared


@pytest.mark.parametrize("mask", ["", "email", "nonsense"])
def test_a_mask_that_names_nothing_updatable_is_refused(api: Api, account: dict[str, Any], mask: str) -> None:
    api.refused(400, "PATCH", ONE, {"serviceAccount": {"displayName": "x"}, "updateMask": mask})


def test_an_old_etag_is_refused(api: Api, account: dict[str, Any]) -> None:
    api("PATCH", ONE, {"serviceAccount": {"displayName": "x"}, "updateMask": "displayName"})
    body = {"serviceAccount": {"displayName": "y", "etag": account["etag"]}, "updateMask": "displayName"}
    assert api.refused(409, "PATCH", ONE, body)["status"] == "ABORTED"


def test_an_account_can_be_disabled_and_enabled(api: Api, account: dict[str, Any]) -> None:
    api("POST", f"{ONE}:disable", {})
    assert api("GET", ONE)["disabled"] is True
    api("POST", f"{ONE}:enable", {})
    assert "disabled" not in api("GET", ONE)


def test_a_deleted_account_is_gone_and_policies_show_it_as_deleted(api: Api, account: dict[str, Any]) -> None:
    project = "/cloudresourcemanager/v1/projects/gcp-local"
    policy = api("POST", f"{project}:getIamPolicy", {})
    policy["bindings"].append({"role": "roles/bigquery.jobUser", "members": [f"serviceAccount:{EMAIL}"]})
    api("POST", f"{project}:setIamPolicy", {"policy": policy})
    api("DELETE", ONE)
    assert EMAIL in api.refused(404, "GET", ONE)["message"]
    api.refused(404, "DELETE", ONE)
    bindings = api("POST", f"{project}:getIamPolicy", {})["bindings"]
    members = next(one["members"] for one in bindings if one["role"] == "roles/bigquery.jobUser")
    assert members == [f"deleted:serviceAccount:{EMAIL}?uid={account['uniqueId']}"]


def test_a_new_account_has_an_empty_policy(api: Api, account: dict[str, Any]) -> None:
    assert api("POST", f"{ONE}:getIamPolicy", **{"options.requestedPolicyVersion": 3}) == {"etag": "ACAB"}


def test_a_policy_is_kept_in_one_form(api: Api, account: dict[str, Any]) -> None:
    bindings = [
        {"role": TOKEN_CREATOR, "members": ["user:b@example.com"]},
        {"role": TOKEN_CREATOR, "members": ["user:a@example.com", "user:b@example.com"]},
        {"role": "roles/iam.serviceAccountUser", "members": []},
    ]
    api("POST", f"{ONE}:setIamPolicy", {"policy": {"bindings": bindings}})
    policy = api("POST", f"{ONE}:getIamPolicy")
    assert policy["bindings"] == [{"role": TOKEN_CREATOR, "members": ["user:a@example.com", "user:b@example.com"]}]


def test_a_policy_is_written_only_over_the_one_that_was_read(api: Api, account: dict[str, Any]) -> None:
    first = api("POST", f"{ONE}:getIamPolicy")
    binding = {"role": TOKEN_CREATOR, "members": ["user:a@example.com"]}
    api("POST", f"{ONE}:setIamPolicy", {"policy": {**first, "bindings": [binding]}})
    error = api.refused(409, "POST", f"{ONE}:setIamPolicy", {"policy": {**first, "bindings": []}})
    assert "concurrent policy changes" in error["message"]
    assert api("POST", f"{ONE}:getIamPolicy")["bindings"] == [binding]


@pytest.mark.parametrize(
    ("role", "member", "message"),
    [
        ("roles/bigquery.jobUser", "user:a@example.com", "is not supported for this resource"),
        ("roles/iam.serviceAccountTokenMaker", "user:a@example.com", "is not supported for this resource"),
        (TOKEN_CREATOR, "a@example.com", "unknown type"),
        (TOKEN_CREATOR, "user:nobody", "unknown type"),
        (TOKEN_CREATOR, "serviceAccount:none@gcp-local.iam.gserviceaccount.com", "does not exist"),
        (
            TOKEN_CREATOR,
            "serviceAccount:service-123456789012@gcp-sa-bigquerydatatransfer.iam.gserviceaccount.com",
            "does not exist",
        ),
    ],
)
def test_a_binding_that_google_refuses_is_refused(
    api: Api, account: dict[str, Any], role: str, member: str, message: str
) -> None:
    policy = {"bindings": [{"role": role, "members": [member]}]}
    assert message in api.refused(400, "POST", f"{ONE}:setIamPolicy", {"policy": policy})["message"]


def test_a_role_of_an_unknown_service_is_named_as_not_emulated(api: Api, account: dict[str, Any]) -> None:
    policy = {"bindings": [{"role": "roles/composer.worker", "members": ["user:a@example.com"]}]}
    assert "roles/composer.worker" in api.refused(501, "POST", f"{ONE}:setIamPolicy", {"policy": policy})["message"]


def test_a_conditional_binding_needs_version_3(api: Api, account: dict[str, Any]) -> None:
    condition = {"title": "until", "expression": "request.time < timestamp('2030-01-01T00:00:00Z')"}
    binding = {"role": TOKEN_CREATOR, "members": ["user:a@example.com"], "condition": condition}
    api.refused(400, "POST", f"{ONE}:setIamPolicy", {"policy": {"bindings": [binding]}})
    written = api("POST", f"{ONE}:setIamPolicy", {"policy": {"version": 3, "bindings": [binding]}})
    assert written["version"] == 3
    old_reader = api("POST", f"{ONE}:getIamPolicy")
    assert old_reader["version"] == 1
    assert old_reader["bindings"][0]["role"].startswith(f"{TOKEN_CREATOR}_withcond_")
