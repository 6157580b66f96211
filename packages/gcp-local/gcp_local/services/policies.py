"""IAM policies of any resource: reading, checking and writing them under an etag.

A policy is kept in canonical form (one binding a role and condition, roles and members sorted), so that what is
read twice is equal. Whose resource it is, and with which error a stale etag is answered, the caller says.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass

from gcp_local.services import identities, roles
from gcp_local.services.cloud import Cloud
from gcp_local.services.discovery.overlay import Words
from gcp_local.services.errors import ApiError, Json, invalid
from gcp_local.services.masks import read_mask

COLLECTION = "iam.policies"
NO_POLICY_ETAG = "ACAB"

LOG_TYPES = Words("google.iam.v1.AuditLogConfig.LogType")

EMAIL = r"[^@\s:]+@[^@\s:]+\.[^@\s:]+"
MEMBER_FORMS = (
    rf"(user|group|serviceAccount):{EMAIL}",
    r"domain:[^@\s:]+\.[^@\s:]+",
    r"principal(Set)?://iam\.googleapis\.com/.+",
    rf"deleted:(user|group|serviceAccount):{EMAIL}\?uid=\d+",
)
PUBLIC = ("allUsers", "allAuthenticatedUsers")


@dataclass(frozen=True)
class Place:
    """A resource that has a policy: `key` in the store, which roles fit it, and which extra members it takes."""

    key: str
    fits: Callable[[str], bool]
    extra_members: str = ""
    stale: ApiError | None = None
    audited: bool = False
    public: bool = True


def stale_policy() -> ApiError:
    """409 for an etag that is not the current one."""
    return ApiError(
        409,
        "There were concurrent policy changes. Please retry the whole read-modify-write with exponential backoff. "
        "The request's ETag did not match the current policy's ETag.",
        status="ABORTED",
        reason="aborted",
    )


def read_policy(cloud: Cloud, place: Place, version: int = 3) -> Json:
    """The policy; conditions are shown to those who ask for version 3 and hidden behind the role's name otherwise."""
    if version not in (0, 1, 3):
        raise invalid(f"Invalid requested policy version {version}: it must be 0, 1 or 3.")
    policy = cloud.store.get(COLLECTION, place.key) or {"etag": NO_POLICY_ETAG}
    if version == 3 or policy.get("version") != 3:
        return policy
    return {**policy, "version": 1, "bindings": [_without_condition(binding) for binding in policy["bindings"]]}


def write_policy(cloud: Cloud, place: Place, policy: Json, mask: str = "") -> Json:
    """Replace the policy, or the parts named in `mask`; raises 400 for what Google refuses and 409 when stale."""
    with cloud.store.transaction():
        stored = cloud.store.get(COLLECTION, place.key) or {"etag": NO_POLICY_ETAG, "version": 1}
        if policy.get("etag") and policy["etag"] != stored["etag"]:
            raise place.stale or stale_policy()
        paths = read_mask(mask) or ["bindings", "auditConfigs"]
        unknown = sorted(set(paths) - {"bindings", "auditConfigs", "etag", "version"})
        if unknown:
            raise invalid(f"Invalid update mask: unknown field path '{unknown[0]}'.", field="update_mask")
        answer = {"version": 1, "etag": stored["etag"]}
        bindings = _canonical(cloud, place, policy) if "bindings" in paths else stored.get("bindings", [])
        if bindings:
            answer["bindings"] = bindings
        if any("condition" in binding for binding in bindings):
            answer["version"] = 3
        audits = policy.get("auditConfigs", []) if "auditConfigs" in paths else stored.get("auditConfigs", [])
        if audits:
            answer["auditConfigs"] = _checked_audits(place, audits)
        answer["etag"] = _next_etag(answer)
        cloud.store.put(COLLECTION, place.key, answer)
    return answer


def delete_policy(cloud: Cloud, key: str) -> None:
    """Forget the policy of a resource that is gone."""
    cloud.store.delete(COLLECTION, key)


def allows(cloud: Cloud, policy: Json | None, member: str, permission: str) -> bool:
    """Whether a policy gives the member a role with the permission, conditions left aside."""
    return any(
        member in binding.get("members", ()) and permission in roles.allowed_by(cloud, binding.get("role", ""))
        for binding in (policy or {}).get("bindings", ())
    )


def is_allowed(cloud: Cloud, key: str, member: str, permission: str) -> bool:
    """Whether the policy kept at `key` gives the member the permission."""
    return allows(cloud, cloud.store.get(COLLECTION, key), member, permission)


def has_role(cloud: Cloud, key: str, member: str, role: str) -> bool:
    """Whether the policy kept at `key` gives the member just this role."""
    bindings = (cloud.store.get(COLLECTION, key) or {}).get("bindings", ())
    return any(binding["role"] == role and member in binding["members"] for binding in bindings)


def drop_member(cloud: Cloud, member: str, deleted: str) -> None:
    """Rename a deleted account in every policy, as Google shows it: `deleted:serviceAccount:...?uid=...`."""
    with cloud.store.transaction():
        for key, policy in cloud.store.items(COLLECTION):
            bindings = policy.get("bindings", [])
            if any(member in binding["members"] for binding in bindings):
                for binding in bindings:
                    renamed = (deleted if one == member else one for one in binding["members"])
                    binding["members"] = sorted(renamed)
                policy["etag"] = _next_etag(policy)
                cloud.store.put(COLLECTION, key, policy)


def _canonical(cloud: Cloud, place: Place, policy: Json) -> list[Json]:
    merged: dict[tuple[str, str], Json] = {}
    for binding in policy.get("bindings", []):
        _check_binding(cloud, place, binding, policy.get("version", 1))
        key = (binding["role"], json.dumps(binding.get("condition"), sort_keys=True))
        known = merged.setdefault(key, {**binding, "members": []})
        known["members"] = sorted({*known["members"], *binding.get("members", [])})
    return [merged[key] for key in sorted(merged) if merged[key]["members"]]


def _check_binding(cloud: Cloud, place: Place, binding: Json, version: int) -> None:
    role = binding.get("role", "")
    if not roles.is_known(cloud, role) or not place.fits(role):
        raise invalid(f"Role {role} is not supported for this resource.", field="policy.bindings.role")
    for member in binding.get("members", []):
        _check_member(cloud, place, member)
    condition = binding.get("condition")
    if condition is None:
        return
    if version != 3:
        raise invalid("Conditional role bindings need a policy of version 3.", field="policy.version")
    if not condition.get("title") or not condition.get("expression"):
        raise invalid("A condition needs a title and an expression.", field="policy.bindings.condition")


def _check_member(cloud: Cloud, place: Place, member: str) -> None:
    kind, _, name = member.partition(":")
    if kind == "serviceAccount":
        if not re.fullmatch(EMAIL, name):
            raise invalid(f"Invalid service account ({name}).", field="policy.bindings.members")
        if not identities.service_account_exists(cloud, name):
            raise invalid(f"Service account {name} does not exist.", field="policy.bindings.members")
        return
    if member in PUBLIC:
        if not place.public:
            raise invalid(f"Member {member} is not allowed: this resource cannot be public.")
        return
    if place.extra_members and re.fullmatch(place.extra_members, member):
        return
    if not any(re.fullmatch(form, member) for form in MEMBER_FORMS):
        raise invalid(
            f"Invalid argument: 'Member {member} is of an unknown type. Please set a valid type prefix for the "
            "member.'",
            field="policy.bindings.members",
        )


def _checked_audits(place: Place, audits: list[Json]) -> list[Json]:
    if not place.audited:
        raise invalid("Audit configs are not supported on this resource.", field="policy.audit_configs")
    for audit in audits:
        if not audit.get("service") or not audit.get("auditLogConfigs"):
            raise invalid("An audit config needs a service and its log types.", field="policy.audit_configs")
    return sorted(audits, key=lambda audit: str(audit["service"]))


def _without_condition(binding: Json) -> Json:
    condition = binding.get("condition")
    if condition is None:
        return binding
    digest = hashlib.sha256(json.dumps(condition, sort_keys=True).encode()).hexdigest()[:20]
    return {"role": f"{binding['role']}_withcond_{digest}", "members": binding["members"]}


def _next_etag(policy: Json) -> str:
    """Differs from the one before even when the policy returns to an older content."""
    digest = hashlib.sha256(json.dumps(policy, sort_keys=True).encode()).digest()[:7]
    return base64.b64encode(b"\x07" + digest).decode()
