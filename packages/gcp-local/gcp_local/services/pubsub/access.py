"""IAM on topics and subscriptions."""

from __future__ import annotations

from gcp_local.services import policies, roles
from gcp_local.services.errors import Json
from gcp_local.services.pubsub import subscriptions, topics
from gcp_local.services.pubsub.service import SERVICE
from gcp_local.services.registry import Call


@SERVICE.handles("projects.topics.getIamPolicy", "projects.subscriptions.getIamPolicy")
def get_policy(call: Call) -> Json:
    """Who may do what with it."""
    return policies.read_policy(call.cloud, _place(call), call.number("options.requestedPolicyVersion", 0))


@SERVICE.handles("projects.topics.setIamPolicy", "projects.subscriptions.setIamPolicy")
def set_policy(call: Call) -> Json:
    """Replace the policy."""
    return policies.write_policy(call.cloud, _place(call), call.body.get("policy", {}), call.body.get("updateMask", ""))


@SERVICE.handles("projects.topics.testIamPermissions", "projects.subscriptions.testIamPermissions")
def test_permissions(call: Call) -> Json:
    """All that is asked for: the caller owns the project."""
    _place(call)
    return {"permissions": call.body["permissions"]} if call.body.get("permissions") else {}


def _place(call: Call) -> policies.Place:
    if "topicsId" in call.path:
        topics.find(call.cloud, call.path["topicsId"])
        return policies.Place(topics.policy_key(call.path["topicsId"]), roles.fits_pubsub)
    subscriptions.find(call)
    return policies.Place(subscriptions.policy_key(call.path["subscriptionsId"]), roles.fits_pubsub)
