"""The messages that wait in subscriptions: published, handed out under a deadline, acknowledged."""

from __future__ import annotations

import base64
import binascii
import re
from datetime import datetime, timedelta

from gcp_local.services.cloud import Cloud
from gcp_local.services.errors import Json, invalid
from gcp_local.services.scalars import timestamp

SUBSCRIPTIONS, MESSAGES, COUNTER = "pubsub.subscriptions", "pubsub.messages", "pubsub.counter"
FIRST_ID = 10**15


def publish(cloud: Cloud, topic: str, messages: list[Json]) -> list[str]:
    """Give the messages to each subscription of the topic; their new ids."""
    for message in messages:
        _check(message)
    now = timestamp(cloud.now())
    with cloud.store.transaction():
        known = cloud.store.get(COUNTER, "last") or {"id": FIRST_ID}
        first = int(known["id"]) + 1
        cloud.store.put(COUNTER, "last", {"id": first + len(messages) - 1})
        subscriptions = [key for key, one in cloud.store.items(SUBSCRIPTIONS) if one["topic"] == topic]
        for number, message in enumerate(messages, first):
            made = {**message, "messageId": str(number), "publishTime": now}
            for subscription in subscriptions:
                cloud.store.put(MESSAGES, f"{subscription}/{number}", {"message": made, "free": now, "attempts": 0})
    return [str(first + index) for index in range(len(messages))]


def take(cloud: Cloud, subscription: Json, most: int) -> list[Json]:
    """Hand out messages that nobody holds, the oldest first, and hold them until the deadline."""
    now, key = cloud.now(), id_of(subscription)
    kept_for = timedelta(seconds=float(subscription["messageRetentionDuration"][:-1]))
    deadline = timestamp(now + timedelta(seconds=subscription["ackDeadlineSeconds"]))
    taken: list[Json] = []
    with cloud.store.transaction():
        for place, held in cloud.store.items(MESSAGES, f"{key}/"):
            if datetime.fromisoformat(held["message"]["publishTime"]) < now - kept_for:
                cloud.store.delete(MESSAGES, place)
            elif len(taken) < most and datetime.fromisoformat(held["free"]) <= now:
                cloud.store.put(MESSAGES, place, {**held, "free": deadline, "attempts": held["attempts"] + 1})
                taken.append({"ackId": _ack_id(place), "message": held["message"]})
    return taken


def acknowledge(cloud: Cloud, subscription: Json, ack_ids: list[str]) -> None:
    """Forget messages that were dealt with."""
    for place in _places(subscription, ack_ids):
        cloud.store.delete(MESSAGES, place)


def hold(cloud: Cloud, subscription: Json, ack_ids: list[str], seconds: int) -> None:
    """Move the deadline of messages; 0 makes them available at once."""
    free = timestamp(cloud.now() + timedelta(seconds=seconds))
    with cloud.store.transaction():
        for place in _places(subscription, ack_ids):
            if held := cloud.store.get(MESSAGES, place):
                cloud.store.put(MESSAGES, place, {**held, "free": free})


def drop(cloud: Cloud, subscription: Json) -> None:
    """Forget all messages of a subscription that is gone."""
    for place, _ in cloud.store.items(MESSAGES, f"{id_of(subscription)}/"):
        cloud.store.delete(MESSAGES, place)


def id_of(resource: Json) -> str:
    """The last word of a name."""
    return str(resource["name"]).rpartition("/")[2]


def _check(message: Json) -> None:
    if not message.get("data") and not message.get("attributes"):
        raise invalid(
            "One or more messages in the publish request is empty. Each message must contain either non-empty data, "
            "or at least one attribute."
        )
    try:
        base64.b64decode(message.get("data", ""), validate=True)
    except binascii.Error:
        raise invalid("Invalid value at 'messages.data' (TYPE_BYTES), Base64 decoding failed.") from None
    if message.get("messageId") or message.get("publishTime"):
        raise invalid("message_id and publish_time must not be set in a publish request.")


def _ack_id(place: str) -> str:
    return base64.urlsafe_b64encode(place.encode()).decode()


def _places(subscription: Json, ack_ids: list[str]) -> list[str]:
    found = []
    for ack_id in ack_ids:
        try:
            place = base64.urlsafe_b64decode(ack_id).decode()
        except ValueError:
            place = ""
        if not re.fullmatch(rf"{re.escape(id_of(subscription))}/\d+", place):
            raise invalid(f"You have passed an invalid ack ID to the service (ack_id={ack_id}).")
        found.append(place)
    return found
