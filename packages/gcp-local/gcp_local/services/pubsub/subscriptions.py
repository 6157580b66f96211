"""Subscriptions: created, read, changed and deleted."""

from __future__ import annotations

import re

from gcp_local.services import policies
from gcp_local.services.cloud import Cloud
from gcp_local.services.errors import Json, invalid, not_emulated
from gcp_local.services.masks import apply_mask, check_mask, read_mask
from gcp_local.services.paging import page
from gcp_local.services.pubsub import backlog, topics
from gcp_local.services.pubsub.service import SERVICE, check_id, check_span, missing, refuse, taken
from gcp_local.services.registry import Call

ABSENT = "bigqueryConfig cloudStorageConfig bigtableConfig filter deadLetterPolicy messageTransforms tags"
# docs.cloud.google.com/pubsub/docs/subscription-properties
DEFAULTS: Json = {
    "ackDeadlineSeconds": 10,
    "messageRetentionDuration": "604800s",
    "expirationPolicy": {"ttl": "2678400s"},
    "pushConfig": {},
}


@SERVICE.handles("projects.subscriptions.create")
def create(call: Call) -> Json:
    """Create a subscription of a topic of this project."""
    identity = call.path["subscriptionsId"]
    check_id("Subscription", identity)
    name = f"projects/{call.cloud.project}/subscriptions/{identity}"
    subscription = {**DEFAULTS, **call.body, "name": name, "state": "ACTIVE"}
    with call.cloud.store.transaction():
        subscription["topic"] = _topic(call.cloud, subscription.get("topic", ""))
        _check(subscription)
        if call.cloud.store.get(backlog.SUBSCRIPTIONS, identity):
            raise taken(identity)
        call.cloud.store.put(backlog.SUBSCRIPTIONS, identity, subscription)
    return subscription


@SERVICE.handles("projects.subscriptions.get")
def get(call: Call) -> Json:
    """One subscription."""
    return find(call)


@SERVICE.handles("projects.subscriptions.list")
def list_subscriptions(call: Call) -> Json:
    """The project's subscriptions."""
    return page(call, "subscriptions", call.cloud.store.list(backlog.SUBSCRIPTIONS))


@SERVICE.handles("projects.subscriptions.patch")
def patch(call: Call) -> Json:
    """Change what the mask names; topic and ordering stay."""
    paths = read_mask(call.body.get("updateMask") or call.parameter("updateMask"))
    if not paths:
        raise invalid("The update mask must not be empty.", field="update_mask")
    kind = call.schema.fields["subscription"]
    check_mask(paths, kind)  # type: ignore[arg-type]
    with call.cloud.store.transaction():
        subscription = {**DEFAULTS, **apply_mask(find(call), call.body.get("subscription", {}), paths)}
        _check(subscription)
        call.cloud.store.put(backlog.SUBSCRIPTIONS, call.path["subscriptionsId"], subscription)
    return subscription


@SERVICE.handles("projects.subscriptions.delete")
def delete(call: Call) -> Json:
    """Delete a subscription with the messages that wait in it."""
    with call.cloud.store.transaction():
        subscription = find(call)
        backlog.drop(call.cloud, subscription)
        call.cloud.store.delete(backlog.SUBSCRIPTIONS, call.path["subscriptionsId"])
        policies.delete_policy(call.cloud, policy_key(call.path["subscriptionsId"]))
    return {}


def find(call: Call) -> Json:
    """The stored subscription that the path names; raises 404."""
    subscription = call.cloud.store.get(backlog.SUBSCRIPTIONS, call.path["subscriptionsId"])
    if subscription is None:
        raise missing(call.path["subscriptionsId"])
    return subscription


def policy_key(identity: str) -> str:
    """Where the policy of a subscription is kept."""
    return f"pubsub/subscriptions/{identity}"


def _topic(cloud: Cloud, name: str) -> str:
    match = re.fullmatch(r"projects/([^/]+)/topics/([^/]+)", name)
    if match is None:
        raise invalid(f"Invalid resource name given (name={name}).", field="topic")
    cloud.require_project(match[1])
    found: str = topics.find(cloud, match[2])["name"]
    return found


def _check(subscription: Json) -> None:
    refuse(subscription, ABSENT, "subscription")
    if any(subscription["pushConfig"].values()):
        raise not_emulated("a push subscription")
    if not 10 <= subscription["ackDeadlineSeconds"] <= 600:
        given = subscription["ackDeadlineSeconds"]
        raise invalid(f"Invalid ack deadline given (ack_deadline_secs={given}): it must be between 10 and 600.")
    check_span(subscription, "messageRetentionDuration", 600, 31 * 86400)
    check_span(subscription["expirationPolicy"], "ttl", 86400, 365 * 86400 * 10)
    for name in ("minimumBackoff", "maximumBackoff"):
        check_span(subscription.get("retryPolicy", {}), name, 0, 600)
