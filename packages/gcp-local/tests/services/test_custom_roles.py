"""Custom roles: their life, and the time after their deletion."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from services.conftest import Api, Clock


PARENT = "/iam/v1/projects/gcp-local/roles"
READ, WRITE = "bigquery.tables.getData", "bigquery.tables.updateData"
ROLE = {"title": "Reads", "description": "d", "includedPermissions": [READ], "stage": "GA"}
PROJECT = "/cloudresourcemanager/v1/projects/gcp-local"


@pytest.fixture
def role(api: Api) -> dict[str, Any]:
    return api("POST", PARENT, {"roleId": "acme_reads.prod", "role": ROLE})


def test_a_role_is_answered_as_it_was_made(api: Api, role: dict[str, Any]) -> None:
    assert {key: role[key] for key in ROLE} == ROLE
    assert role["name"] == "projects/gcp-local/roles/acme_reads.prod"
    assert api("GET", f"{PARENT}/acme_reads.prod") == role
    assert "includedPermissions" not in api("GET", PARENT)["roles"][0]
    assert api("GET", PARENT, view="FULL") == {"roles": [role]}


def test_the_same_id_again_is_a_conflict(api: Api, role: dict[str, Any]) -> None:
    error = api.refused(409, "POST", PARENT, {"roleId": "acme_reads.prod", "role": ROLE})
    assert error["message"] == "A role named acme_reads.prod in projects/gcp-local already exists."


@pytest.mark.parametrize("role_id", ["", "ab", "with-dash", "x" * 65])
def test_an_id_of_the_wrong_form_is_refused(api: Api, role_id: str) -> None:
    api.refused(400, "POST", PARENT, {"roleId": role_id, "role": ROLE})


def test_a_permission_that_does_not_exist_is_refused_and_an_unknown_one_named(api: Api) -> None:
    wrong = {**ROLE, "includedPermissions": ["bigquery.everything"]}
    assert "not valid" in api.refused(400, "POST", PARENT, {"roleId": "wrong", "role": wrong})["message"]
    unknown = {**ROLE, "includedPermissions": ["compute.instances.list"]}
    assert "compute.instances.list" in api.refused(501, "POST", PARENT, {"roleId": "other", "role": unknown})["message"]


def test_a_role_that_writes_objects_is_taken(api: Api) -> None:
    """Needed to export to a bucket (cloud.google.com/bigquery/docs/exporting-data#required_permissions)."""
    exporter = {**ROLE, "includedPermissions": ["storage.objects.create", "storage.objects.delete"]}
    made = api("POST", PARENT, {"roleId": "acme_exports", "role": exporter})
    assert made["includedPermissions"] == exporter["includedPermissions"]


def test_patch_changes_what_is_given_or_what_the_mask_names(api: Api, role: dict[str, Any]) -> None:
    changed = api("PATCH", f"{PARENT}/acme_reads.prod", {"title": "New", "includedPermissions": [READ, WRITE]})
    assert (changed["title"], changed["description"]) == ("New", "d")
    assert changed["includedPermissions"] == [READ, WRITE]
    cleared = api("PATCH", f"{PARENT}/acme_reads.prod", {"title": "Other"}, updateMask="description")
    assert cleared["title"] == "New"
    assert "description" not in cleared
    api.refused(409, "PATCH", f"{PARENT}/acme_reads.prod", {"title": "x", "etag": role["etag"]})


def test_a_deleted_role_is_shown_as_deleted_and_can_be_taken_back_for_a_week(
    api: Api, role: dict[str, Any], clock: Clock
) -> None:
    assert api("DELETE", f"{PARENT}/acme_reads.prod")["deleted"] is True
    assert api("GET", f"{PARENT}/acme_reads.prod")["deleted"] is True
    assert api("GET", PARENT) == {}
    api.refused(400, "PATCH", f"{PARENT}/acme_reads.prod", {"title": "New"})
    clock.advance(days=6, hours=23)
    assert api("POST", f"{PARENT}/acme_reads.prod:undelete", {}) == role


def test_the_id_of_a_deleted_role_is_taken_for_37_days(api: Api, role: dict[str, Any], clock: Clock) -> None:
    api("DELETE", f"{PARENT}/acme_reads.prod")
    body = {"roleId": "acme_reads.prod", "role": ROLE}
    error = api.refused(400, "POST", PARENT, body)
    assert error["status"] == "FAILED_PRECONDITION"
    assert "in a deleted state" in error["message"]
    clock.advance(days=8)
    api.refused(400, "POST", f"{PARENT}/acme_reads.prod:undelete", {})
    api.refused(400, "POST", PARENT, body)
    clock.advance(days=30)
    api.refused(404, "GET", f"{PARENT}/acme_reads.prod")
    api("POST", PARENT, body)


def test_a_custom_role_can_be_granted_only_while_it_is_there(api: Api, role: dict[str, Any]) -> None:
    api("POST", f"{PROJECT}:setIamPolicy", {"policy": {"bindings": [grant(role["name"])]}})
    api("DELETE", f"{PARENT}/acme_reads.prod")
    for name in (role["name"], "projects/gcp-local/roles/nobody"):
        api.refused(400, "POST", f"{PROJECT}:setIamPolicy", {"policy": {"bindings": [grant(name)]}})


def grant(role: str) -> dict[str, Any]:
    return {"role": role, "members": ["user:a@example.com"]}
