"""IAM's custom roles of the project: made, changed, deleted for a while, taken back.

A deleted role keeps its id: it can be undeleted for seven days, is purged in the 30 days after these, and only then can
a new role have the id (cloud.google.com/iam/docs/creating-custom-roles, "Deleting a custom role"). What a role allows
is `roles`' business.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from datetime import datetime, timedelta

from gcp_local.services import roles
from gcp_local.services.cloud import Cloud
from gcp_local.services.errors import ApiError, Json, failed_precondition, invalid, not_emulated, not_found
from gcp_local.services.iam import SERVICE
from gcp_local.services.masks import read_mask
from gcp_local.services.paging import page
from gcp_local.services.registry import Call
from gcp_local.services.roles import CUSTOM_ROLES

__all__ = ["SERVICE"]

UNDELETE_FOR = timedelta(days=7)
RESERVED_FOR = UNDELETE_FOR + timedelta(days=30)

UPDATABLE = ("title", "description", "includedPermissions", "stage")


@SERVICE.handles("projects.roles.create")
def create(call: Call) -> Json:
    """Make a role; its id stays taken for 37 days after a deletion."""
    cloud, role_id = call.cloud, call.body.get("roleId", "")
    if not re.fullmatch(r"[A-Za-z0-9_.]{3,64}", role_id):
        raise invalid(f"The role_id ({role_id}) must match [a-zA-Z0-9_.]{{3,64}}.", field="role_id")
    fields = {key: value for key, value in call.body.get("role", {}).items() if key in UPDATABLE and value}
    _check(fields)
    name = _name(cloud, role_id)
    with cloud.store.transaction():
        found = _stored(cloud, name)
        if found and found.get("deleted"):
            raise failed_precondition(
                f"You can't create a role with role_id ({role_id}) where there is an existing role with that role_id "
                "in a deleted state."
            )
        if found:
            raise ApiError(
                409, f"A role named {role_id} in projects/{cloud.project} already exists.", reason="alreadyExists"
            )
        return _save(cloud, {"name": name, **fields})


@SERVICE.handles("projects.roles.get")
def get(call: Call) -> Json:
    """One role, also one that was deleted and can be taken back."""
    return _shown(_find(call))


@SERVICE.handles("projects.roles.list")
def list_roles(call: Call) -> Json:
    """The project's roles; those in deletion only when asked for."""
    found = [_stored(call.cloud, role["name"]) for role in call.cloud.store.list(CUSTOM_ROLES)]
    chosen = [_shown(role) for role in found if role and (call.flag("showDeleted") or not role.get("deleted"))]
    if call.parameter("view") != "FULL":
        chosen = [{key: role[key] for key in role if key != "includedPermissions"} for role in chosen]
    return page(call, "roles", chosen, default=300, largest=1000)


@SERVICE.handles("projects.roles.patch")
def patch(call: Call) -> Json:
    """Change what the mask names, or all that is given."""
    with call.cloud.store.transaction():
        role = _find(call)
        if role.get("deleted"):
            raise failed_precondition(f"You can't update the role {role['name']} in a deleted state.")
        _check_etag(role, call.body.get("etag", ""))
        paths = read_mask(call.parameter("updateMask")) or [key for key in call.body if key in UPDATABLE]
        if unknown := sorted(set(paths) - {*UPDATABLE, "etag"}):
            raise invalid(f"Invalid update mask: unknown field path '{unknown[0]}'.", field="update_mask")
        changed = {key: call.body.get(key) for key in paths if key in UPDATABLE}
        _check({key: value for key, value in changed.items() if value})
        return _save(call.cloud, {key: value for key, value in {**role, **changed}.items() if value})


@SERVICE.handles("projects.roles.delete")
def delete(call: Call) -> Json:
    """Take the role's permissions from everybody; bindings stay, without effect."""
    with call.cloud.store.transaction():
        role = _find(call)
        if role.get("deleted"):
            raise failed_precondition(f"The role {role['name']} is deleted already.")
        _check_etag(role, call.parameter("etag"))
        return _save(call.cloud, {**role, "deleted": True, "deleteTime": call.cloud.now().isoformat()})


@SERVICE.handles("projects.roles.undelete")
def undelete(call: Call) -> Json:
    """Take a deleted role back, within seven days."""
    with call.cloud.store.transaction():
        role = _find(call)
        if not role.get("deleted"):
            raise failed_precondition(f"The role {role['name']} is not deleted.")
        if _deleted_for(call.cloud, role) > UNDELETE_FOR:
            raise failed_precondition(f"The role {role['name']} was deleted too long ago to be undeleted.")
        return _save(call.cloud, {key: role[key] for key in role if key not in ("deleted", "deleteTime")})


def _name(cloud: Cloud, role_id: str) -> str:
    return f"projects/{cloud.project}/roles/{role_id}"


def _stored(cloud: Cloud, name: str) -> Json | None:
    """The role, unless it was purged meanwhile."""
    role = cloud.store.get(CUSTOM_ROLES, name)
    if role and role.get("deleted") and _deleted_for(cloud, role) > RESERVED_FOR:
        cloud.store.delete(CUSTOM_ROLES, name)
        return None
    return role


def _find(call: Call) -> Json:
    name = _name(call.cloud, call.path["rolesId"])
    role = _stored(call.cloud, name)
    if role is None:
        raise not_found(f"The role named {name} was not found.")
    return role


def _deleted_for(cloud: Cloud, role: Json) -> timedelta:
    return cloud.now() - datetime.fromisoformat(role["deleteTime"])


def _check(fields: Json) -> None:
    if len(fields.get("title", "")) > 100 or len(fields.get("description", "")) > 300:
        raise invalid("A role's title has at most 100 characters, its description at most 300.", field="role")
    for permission in fields.get("includedPermissions", ()):
        if not re.fullmatch(r"[a-z]+(\.[A-Za-z]+){2}", permission):
            raise invalid(f"Permission {permission} is not valid.", field="role.included_permissions")
        if permission not in roles.PERMISSIONS:
            raise not_emulated(f"the permission {permission} in a custom role")


def _check_etag(role: Json, etag: str) -> None:
    if etag and etag != role["etag"]:
        raise ApiError(409, "There were concurrent policy changes.", status="ABORTED", reason="aborted")


def _save(cloud: Cloud, role: Json) -> Json:
    role.pop("etag", None)
    digest = hashlib.sha256(json.dumps(role, sort_keys=True).encode()).digest()
    role["etag"] = base64.b64encode(digest[:8]).decode()
    cloud.store.put(CUSTOM_ROLES, role["name"], role)
    return _shown(role)


def _shown(role: Json) -> Json:
    return {key: value for key, value in role.items() if key != "deleteTime"}
