"""Alert policies: created, read, changed and deleted. What they find is `evaluation`'s part."""

from __future__ import annotations

from gcp_local.services.cloud import CALLER, Cloud
from gcp_local.services.errors import Json, not_emulated, not_found
from gcp_local.services.masks import apply_mask, check_mask, read_mask
from gcp_local.services.monitoring import channels, rules
from gcp_local.services.monitoring.channels import POLICIES
from gcp_local.services.monitoring.ids import new_id
from gcp_local.services.monitoring.service import SERVICE
from gcp_local.services.paging import page
from gcp_local.services.registry import Call
from gcp_local.services.scalars import timestamp


@SERVICE.handles("projects.alertPolicies.create")
def create(call: Call) -> Json:
    """Create a policy; its conditions get names."""
    policy_id = new_id()
    policy = dict(call.body)
    policy["name"] = f"projects/{call.cloud.project}/alertPolicies/{policy_id}"
    record = {"mutateTime": timestamp(call.cloud.now()), "mutatedBy": CALLER}
    policy.update(creationRecord=record, mutationRecord=record)
    with call.cloud.store.transaction():
        return _save(call.cloud, policy)


@SERVICE.handles("projects.alertPolicies.get")
def get(call: Call) -> Json:
    """One policy."""
    return _find(call)


@SERVICE.handles("projects.alertPolicies.list")
def list_policies(call: Call) -> Json:
    """The project's policies."""
    for name in ("filter", "orderBy"):
        if call.parameter(name):
            raise not_emulated(f"{name} of monitoring.projects.alertPolicies.list")
    found = call.cloud.store.list(POLICIES)
    return {**page(call, "alertPolicies", found), "totalSize": len(found)}


@SERVICE.handles("projects.alertPolicies.patch")
def patch(call: Call) -> Json:
    """Change what the mask names; without one the whole policy is replaced."""
    paths = read_mask(call.parameter("updateMask")) or list(call.schema.fields)
    check_mask(paths, call.schema)
    with call.cloud.store.transaction():
        stored = _find(call)
        policy = apply_mask(stored, call.body, paths)
        policy["mutationRecord"] = {"mutateTime": timestamp(call.cloud.now()), "mutatedBy": CALLER}
        return _save(call.cloud, policy)


@SERVICE.handles("projects.alertPolicies.delete")
def delete(call: Call) -> Json:
    """Delete a policy."""
    with call.cloud.store.transaction():
        _find(call)
        call.cloud.store.delete(POLICIES, call.path["alertPoliciesId"])
    return {}


def _find(call: Call) -> Json:
    policy = call.cloud.store.get(POLICIES, call.path["alertPoliciesId"])
    if policy is None:
        project, policy_id = call.path["projectsId"], call.path["alertPoliciesId"]
        raise not_found(f"Cannot find alert policy projects/{project}/alertPolicies/{policy_id}.")
    return policy


def _save(cloud: Cloud, policy: Json) -> Json:
    rules.check_policy(policy)
    for name in policy.get("notificationChannels", []):
        channels.find(cloud, name.rpartition("/")[2])
    _fill_in(policy)
    cloud.store.put(POLICIES, str(policy["name"]).rpartition("/")[2], policy)
    return policy


def _fill_in(policy: Json) -> None:
    """What Google answers for fields that were not given."""
    policy.setdefault("enabled", True)
    if policy.get("documentation", {}).get("content"):
        policy["documentation"].setdefault("mimeType", "text/markdown")
    logs = False
    for condition in policy["conditions"]:
        logs = logs or "conditionMatchedLog" in condition
        if not condition.get("name", "").startswith(f"{policy['name']}/conditions/"):
            condition["name"] = f"{policy['name']}/conditions/{new_id()}"
        for kind in ("conditionThreshold", "conditionAbsent", "conditionMonitoringQueryLanguage"):
            if kind in condition and not condition[kind].get("trigger"):
                condition[kind]["trigger"] = {"count": 1}
    strategy = policy.setdefault("alertStrategy", {})
    strategy.setdefault("autoClose", f"{rules.LONGEST_AUTO_CLOSE}s")
    strategy.setdefault("notificationPrompts", ["OPENED"] if logs else ["OPENED", "CLOSED"])
