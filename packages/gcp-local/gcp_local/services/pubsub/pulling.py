"""How subscribers take messages: pull, acknowledge, change the deadline."""

from __future__ import annotations

from gcp_local.services.errors import Json, invalid
from gcp_local.services.pubsub import backlog
from gcp_local.services.pubsub.service import SERVICE
from gcp_local.services.pubsub.subscriptions import find
from gcp_local.services.registry import Call

LONGEST_DEADLINE = 600


@SERVICE.handles("projects.subscriptions.pull")
def pull(call: Call) -> Json:
    """Messages that wait, at most as many as asked for."""
    most = call.body.get("maxMessages", 0)
    if most < 1:
        raise invalid("A value for maxMessages greater than 0 must be given.", field="max_messages")
    taken = backlog.take(call.cloud, find(call), most)
    return {"receivedMessages": taken} if taken else {}


@SERVICE.handles("projects.subscriptions.acknowledge")
def acknowledge(call: Call) -> Json:
    """Messages that were dealt with do not come again."""
    backlog.acknowledge(call.cloud, find(call), _ack_ids(call))
    return {}


@SERVICE.handles("projects.subscriptions.modifyAckDeadline")
def modify_ack_deadline(call: Call) -> Json:
    """Hold messages longer, or let go of them with 0."""
    seconds = call.body.get("ackDeadlineSeconds", 0)
    if not 0 <= seconds <= LONGEST_DEADLINE:
        raise invalid(f"Invalid ack deadline given (ack_deadline_secs={seconds}).", field="ack_deadline_seconds")
    backlog.hold(call.cloud, find(call), _ack_ids(call), seconds)
    return {}


def _ack_ids(call: Call) -> list[str]:
    found: list[str] = call.body.get("ackIds", [])
    if not found:
        raise invalid("No ack ids specified.", field="ack_ids")
    return found
