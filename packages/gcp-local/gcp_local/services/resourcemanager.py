"""Resource Manager: the one project and the policy on it, in the forms of v1 and v3."""

from __future__ import annotations

import re

from gcp_local.services import policies, roles
from gcp_local.services.cloud import CALLER, Cloud
from gcp_local.services.discovery.overlay import Overlay
from gcp_local.services.errors import Json, not_emulated
from gcp_local.services.registry import Call, Service

SERVICE = Service(
    name="cloudresourcemanager",
    documents=("v1", "v3"),
    overlay=Overlay(enums={"AuditLogConfig.logType": policies.LOG_TYPES}),
    notes=("There is one project, without folder or organization. It starts with one owner.",),
)
CREATED = "2024-01-01T00:00:00Z"
POLICY_KEY = "projects"


@SERVICE.handles("projects.get", version="v1")
def get(call: Call) -> Json:
    """The project."""
    return _v1(call.cloud)


@SERVICE.handles("projects.list", version="v1")
def list_projects(call: Call) -> Json:
    """A list of one, or of none when a filter asks for another id."""
    wanted = call.parameter("filter")
    match = re.fullmatch(r"(?:id|projectId)[:=]([a-z0-9-]+)", wanted)
    if wanted and not match:
        raise not_emulated(f"the project filter '{wanted}'")
    return {} if match and match[1] != call.cloud.project else {"projects": [_v1(call.cloud)]}


@SERVICE.handles("projects.get", version="v3")
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


@SERVICE.handles("projects.getIamPolicy")
def get_policy(call: Call) -> Json:
    """Who may do what in the project."""
    version = call.body.get("options", {}).get("requestedPolicyVersion", 0)
    with call.cloud.store.transaction():
        return policies.read_policy(call.cloud, _place(call.cloud), version)


@SERVICE.handles("projects.setIamPolicy")
def set_policy(call: Call) -> Json:
    """Replace bindings and audit configs, as the mask says."""
    with call.cloud.store.transaction():
        place = _place(call.cloud)
        policy, mask = call.body.get("policy", {}), call.body.get("updateMask", "")
        return policies.write_policy(call.cloud, place, policy, mask)


@SERVICE.handles("projects.testIamPermissions")
def test_permissions(call: Call) -> Json:
    """All that is asked for: the caller owns the project."""
    return {"permissions": call.body["permissions"]} if call.body.get("permissions") else {}


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
