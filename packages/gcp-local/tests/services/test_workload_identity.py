"""Workload identity pools and providers: their life, and the 30 days after it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from services.conftest import Api, Clock

PARENT = "/iam/v1/projects/gcp-local/locations/global/workloadIdentityPools"
NAME = "projects/123456789012/locations/global/workloadIdentityPools/github"
PROVIDERS = f"{PARENT}/github/providers"
GITHUB: dict[str, Any] = {
    "oidc": {"issuerUri": "https://token.actions.githubusercontent.com"},
    "attributeMapping": {"google.subject": "assertion.sub"},
    "attributeCondition": "assertion.repository == 'acme/shop'",
}


@pytest.fixture
def pool(api: Api) -> dict[str, Any]:
    api("POST", PARENT, {"displayName": "GitHub"}, workloadIdentityPoolId="github")
    return api("GET", f"{PARENT}/github")


def make(api: Api, **changes: Any) -> dict[str, Any]:
    return api("POST", PROVIDERS, {**GITHUB, **changes}, workloadIdentityPoolProviderId="actions")


def test_a_pool_is_named_by_the_projects_number(api: Api, pool: dict[str, Any]) -> None:
    assert pool == {"name": NAME, "displayName": "GitHub", "mode": "FEDERATION_ONLY", "state": "ACTIVE"}
    assert api("GET", PARENT) == {"workloadIdentityPools": [pool]}


def test_a_change_is_an_operation_that_holds_what_it_made(api: Api, pool: dict[str, Any]) -> None:
    made = make(api)
    assert made["done"] is True
    assert made["response"] == {**GITHUB, "name": f"{NAME}/providers/actions", "state": "ACTIVE"}
    changed = api("PATCH", f"{PROVIDERS}/actions", {"disabled": True}, updateMask="disabled,attribute_condition")
    assert changed["response"]["disabled"] is True
    assert "attributeCondition" not in api("GET", f"{PROVIDERS}/actions")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"oidc": {"issuerUri": "http://token.example.com"}}, "begin with https"),
        ({"attributeMapping": {}}, "must map google.subject"),
        ({"attributeMapping": {"google.subject": "x", "attribute.Repository": "y"}}, "attribute.Repository"),
        ({"displayName": "x" * 33}, "more than 32 characters"),
    ],
)
def test_a_provider_that_google_refuses_is_refused(
    api: Api, pool: dict[str, Any], changes: dict[str, Any], said: str
) -> None:
    error = api.refused(400, "POST", PROVIDERS, {**GITHUB, **changes}, workloadIdentityPoolProviderId="actions")
    assert said in error["message"]
    api.refused(404, "GET", f"{PROVIDERS}/actions")


def test_what_is_not_kept_here_is_refused_by_name(api: Api, pool: dict[str, Any]) -> None:
    body = {"attributeMapping": GITHUB["attributeMapping"], "aws": {"accountId": "1"}}
    error = api.refused(501, "POST", PROVIDERS, body, workloadIdentityPoolProviderId="actions")
    assert "aws" in error["message"]
    api.refused(400, "POST", PARENT.replace("global", "us"), {}, workloadIdentityPoolId="other")


def test_the_id_of_a_deleted_pool_is_taken_for_30_days(api: Api, pool: dict[str, Any], clock: Clock) -> None:
    make(api)
    api("DELETE", f"{PARENT}/github")
    assert api("GET", f"{PARENT}/github")["state"] == "DELETED"
    assert api("GET", PARENT) == {}
    assert [one["name"] for one in api("GET", PARENT, showDeleted="true")["workloadIdentityPools"]] == [NAME]
    api.refused(409, "POST", PARENT, {}, workloadIdentityPoolId="github")
    api.refused(404, "PATCH", f"{PARENT}/github", {"disabled": True}, updateMask="disabled")
    clock.advance(days=31)
    api.refused(404, "GET", f"{PARENT}/github")
    api("POST", PARENT, {}, workloadIdentityPoolId="github")
    api.refused(404, "GET", f"{PROVIDERS}/actions")  # it went with its pool


def test_a_deleted_provider_can_be_taken_back(api: Api, pool: dict[str, Any]) -> None:
    make(api)
    api("DELETE", f"{PROVIDERS}/actions")
    api.refused(409, "POST", PROVIDERS, GITHUB, workloadIdentityPoolProviderId="actions")
    back = api("POST", f"{PROVIDERS}/actions:undelete", {})["response"]
    assert (back["state"], "expireTime" in back) == ("ACTIVE", False)
    api.refused(400, "POST", f"{PROVIDERS}/actions:undelete", {})
