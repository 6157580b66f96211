"""Resource Manager: the one project and the policy on it, in the forms of v1 and v3."""

from __future__ import annotations

import re

from gcp_local.services import policies, roles
from gcp_local.services.cloud import CALLER, Cloud
from gcp_local.services.errors import Json, not_emulated
from gcp_local.services.policies import GET_POLICY, SET_POLICY, TEST_PERMISSIONS
from gcp_local.services.registry import Call, Service

SERVICE = Service(
    name="cloudresourcemanager",
    title="Cloud Resource Manager API",
    host="cloudresourcemanager.googleapis.com",
    prefix="cloudresourcemanager",
    notes=("There is one project, without folder or organization. It starts with one owner.",),
)
CREATED = "2024-01-01T00:00:00Z"
POLICY_KEY = "projects"


@SERVICE.method("projects.get", "GET", "/v1/projects/{project}")
def get(call: Call) -> Json:
    """The project."""
    return _v1(call.cloud)


@SERVICE.method("projects.list", "GET", "/v1/projects", parameters=("filter", "pageSize", "pageToken"))
def list_projects(call: Call) -> Json:
    """A list of one, or of none when a filter asks for another id."""
    wanted = call.parameter("filter")
    match = re.fullmatch(r"(?:id|projectId)[:=]([a-z0-9-]+)", wanted)
    if wanted and not match:
        raise not_emulated(f"the project filter '{wanted}'")
    return {} if match and match[1] != call.cloud.project else {"projects": [_v1(call.cloud)]}


@SERVICE.method("projects.get", "GET", "/v3/projects/{project}", note="v3")
def get_v3(call: Call) -> Json:
    """The project, in the words of v3."""
    cloud = call.cloud
    return {
        "name": f"projects/{cloud.number}",
        "projectId": cloud.project,
        "state": "ACTIVE",
        "displayName": cloud.project,
        "createTime": CREATED,
        "etag": 'W/"1"',
    }


@SERVICE.method(
    "projects.getIamPolicy",
    "POST",
    "/v1/projects/{project}:getIamPolicy",
    "/v3/projects/{project}:getIamPolicy",
    body=GET_POLICY,
)
def get_policy(call: Call) -> Json:
    """Who may do what in the project."""
    version = call.body.get("options", {}).get("requestedPolicyVersion", 0)
    with call.cloud.store.transaction():
        return policies.read_policy(call.cloud, _place(call.cloud), version)


@SERVICE.method(
    "projects.setIamPolicy",
    "POST",
    "/v1/projects/{project}:setIamPolicy",
    "/v3/projects/{project}:setIamPolicy",
    body=SET_POLICY,
)
def set_policy(call: Call) -> Json:
    """Replace bindings and audit configs, as the mask says."""
    with call.cloud.store.transaction():
        place = _place(call.cloud)
        policy, mask = call.body.get("policy", {}), call.body.get("updateMask", "")
        return policies.write_policy(call.cloud, place, policy, mask)


@SERVICE.method(
    "projects.testIamPermissions",
    "POST",
    "/v1/projects/{project}:testIamPermissions",
    "/v3/projects/{project}:testIamPermissions",
    body=TEST_PERMISSIONS,
)
def test_permissions(call: Call) -> Json:
    """All that is asked for: the caller owns the project."""
    return {"permissions": call.body["permissions"]} if call.body.get("permissions") else {}


SERVICE.not_emulated(
    ("projects.create", "POST", "/v1/projects"),
    ("projects.update", "PUT", "/v1/projects/{project}"),
    ("projects.delete", "DELETE", "/v1/projects/{project}"),
    ("projects.undelete", "POST", "/v1/projects/{project}:undelete"),
    ("projects.getAncestry", "POST", "/v1/projects/{project}:getAncestry"),
    ("projects.getOrgPolicy", "POST", "/v1/projects/{project}:getOrgPolicy"),
    ("projects.patch", "PATCH", "/v3/projects/{project}"),
    ("projects.search", "GET", "/v3/projects:search"),
)


def _v1(cloud: Cloud) -> Json:
    return {
        "projectNumber": cloud.number,
        "projectId": cloud.project,
        "lifecycleState": "ACTIVE",
        "name": cloud.project,
        "createTime": CREATED,
    }


def _place(cloud: Cloud) -> policies.Place:
    place = policies.Place(POLICY_KEY, roles.fits_project, audited=True, public=False)
    if cloud.store.get(policies.COLLECTION, POLICY_KEY) is None:
        owner = {"role": "roles/owner", "members": [f"user:{CALLER}"]}
        policies.write_policy(cloud, place, {"bindings": [owner]})
    return place
