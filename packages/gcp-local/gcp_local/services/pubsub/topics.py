"""Topics: created, read, changed, deleted and published to."""

from __future__ import annotations

from gcp_local.services import policies
from gcp_local.services.cloud import Cloud
from gcp_local.services.errors import Json, invalid
from gcp_local.services.masks import apply_mask, check_mask, read_mask
from gcp_local.services.paging import page
from gcp_local.services.pubsub import backlog
from gcp_local.services.pubsub.service import SERVICE, check_id, check_span, missing, refuse, taken
from gcp_local.services.registry import Call

COLLECTION = "pubsub.topics"
DELETED = "_deleted-topic_"
CHANGEABLE = ("labels", "messageRetentionDuration", "messageStoragePolicy")
ABSENT = "kmsKeyName schemaSettings ingestionDataSourceSettings messageTransforms tags"
MOST_MESSAGES = 1000


@SERVICE.handles("projects.topics.create")
def create(call: Call) -> Json:
    """Create a topic."""
    identity = call.path["topicsId"]
    check_id("Topic", identity)
    topic = {**call.body, "name": f"projects/{call.cloud.project}/topics/{identity}"}
    _check(topic)
    with call.cloud.store.transaction():
        if call.cloud.store.get(COLLECTION, identity):
            raise taken(identity)
        call.cloud.store.put(COLLECTION, identity, topic)
    return topic


@SERVICE.handles("projects.topics.get")
def get(call: Call) -> Json:
    """One topic."""
    return find(call.cloud, call.path["topicsId"])


@SERVICE.handles("projects.topics.list")
def list_topics(call: Call) -> Json:
    """The project's topics."""
    return page(call, "topics", call.cloud.store.list(COLLECTION))


@SERVICE.handles("projects.topics.patch")
def patch(call: Call) -> Json:
    """Change what the mask names of labels, retention and storage policy."""
    paths = read_mask(call.body.get("updateMask") or call.parameter("updateMask"))
    change = call.body.get("topic", {})
    check_mask([f"topic.{path}" for path in paths], call.schema)
    if not paths or not {path.partition(".")[0] for path in paths} <= set(CHANGEABLE):
        raise invalid(f"The update mask must name one or more of {', '.join(CHANGEABLE)}.", field="update_mask")
    with call.cloud.store.transaction():
        topic = apply_mask(find(call.cloud, call.path["topicsId"]), change, paths)
        _check(topic)
        call.cloud.store.put(COLLECTION, call.path["topicsId"], topic)
    return topic


@SERVICE.handles("projects.topics.delete")
def delete(call: Call) -> Json:
    """Delete a topic; its subscriptions stay, of a topic that is gone."""
    with call.cloud.store.transaction():
        topic = find(call.cloud, call.path["topicsId"])
        for key, subscription in call.cloud.store.items(backlog.SUBSCRIPTIONS):
            if subscription["topic"] == topic["name"]:
                call.cloud.store.put(backlog.SUBSCRIPTIONS, key, {**subscription, "topic": DELETED})
        call.cloud.store.delete(COLLECTION, call.path["topicsId"])
        policies.delete_policy(call.cloud, policy_key(call.path["topicsId"]))
    return {}


@SERVICE.handles("projects.topics.publish")
def publish(call: Call) -> Json:
    """Give messages to every subscription of the topic."""
    topic = find(call.cloud, call.path["topicsId"])
    messages = call.body.get("messages", [])
    if not 1 <= len(messages) <= MOST_MESSAGES:
        raise invalid(f"The number of messages must be between 1 and {MOST_MESSAGES}.", field="messages")
    return {"messageIds": backlog.publish(call.cloud, topic["name"], messages)}


@SERVICE.handles("projects.topics.subscriptions.list")
def list_subscriptions(call: Call) -> Json:
    """The names of a topic's subscriptions."""
    topic = find(call.cloud, call.path["topicsId"])
    kept = call.cloud.store.list(backlog.SUBSCRIPTIONS)
    named = [{"name": one["name"]} for one in kept if one["topic"] == topic["name"]]
    answer = page(call, "subscriptions", named)
    return {**answer, **({"subscriptions": [one["name"] for one in answer["subscriptions"]]} if named else {})}


def find(cloud: Cloud, identity: str) -> Json:
    """The stored topic; raises 404."""
    topic = cloud.store.get(COLLECTION, identity)
    if topic is None:
        raise missing(identity)
    return topic


def policy_key(identity: str) -> str:
    """Where the policy of a topic is kept."""
    return f"pubsub/topics/{identity}"


def _check(topic: Json) -> None:
    refuse(topic, ABSENT, "topic")
    check_span(topic, "messageRetentionDuration", 600, 31 * 86400)
