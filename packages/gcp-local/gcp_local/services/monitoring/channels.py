"""Notification channels, checked against the labels that each type of channel takes."""

from __future__ import annotations

import re
from dataclasses import dataclass

from gcp_local.services import identities
from gcp_local.services.cloud import CALLER, Cloud
from gcp_local.services.errors import Json, invalid, not_emulated, not_found
from gcp_local.services.masks import apply_mask, check_mask, read_mask
from gcp_local.services.monitoring.ids import new_id
from gcp_local.services.monitoring.rules import bad_value, check_labels
from gcp_local.services.monitoring.service import SERVICE
from gcp_local.services.paging import page
from gcp_local.services.registry import Call
from gcp_local.services.scalars import timestamp

COLLECTION = "monitoring.notificationChannels"
# What channels send and never answer: needed to reach their receivers.
SECRETS = "monitoring.channelSecrets"
POLICIES = "monitoring.alertPolicies"
OBFUSCATED = "**********"
AGENT_DOMAIN = "gcp-sa-monitoring-notification"


LABELS = {
    "email_address": "An address to send email.",
    "space": "The Google Chat space, spaces/SPACE.",
    "service_key": "The integration key of the PagerDuty service.",
    "topic": "The topic, projects/PROJECT/topics/TOPIC.",
    "channel_name": "The Slack channel to which to post notifications.",
    "auth_token": "The OAuth token of the Slack app.",
    "team": "The Slack team or organization.",
    "number": "The phone number, in E.164 format.",
    "url": "The public URL to which to publish the webhook.",
    "username": "The username of the basic authentication.",
    "password": "The password of the basic authentication.",
}


@dataclass(frozen=True)
class Kind:
    """A type of channel: its required labels with the form of their values, and the optional and secret ones."""

    title: str
    required: dict[str, str]
    optional: tuple[str, ...] = ()
    secret: tuple[str, ...] = ()


KINDS = {
    "email": Kind("Email", {"email_address": r"[^@\s]+@[^@\s]+\.[^@\s.]+"}),
    "google_chat": Kind("Google Chat", {"space": r"spaces/.+"}),
    "pagerduty": Kind("PagerDuty", {"service_key": r".+"}, secret=("service_key",)),
    "pubsub": Kind("Cloud Pub/Sub", {"topic": r"projects/[^/]+/topics/[^/]+"}),
    "slack": Kind("Slack", {"channel_name": r".+", "auth_token": r".+"}, ("team",), ("auth_token",)),
    "sms": Kind("SMS", {"number": r"\+?[0-9 ()-]{5,}"}),
    "webhook_basicauth": Kind(
        "Webhook with Basic Authentication",
        {"url": r"https?://.+", "username": r".+", "password": r".+"},
        secret=("password",),
    ),
    "webhook_tokenauth": Kind("Webhook with Token Authentication", {"url": r"https?://.+"}),
}


@SERVICE.handles("projects.notificationChannels.create")
def create(call: Call) -> Json:
    """Create a channel."""
    channel = {"enabled": True, **call.body}
    _check(channel)
    record = _record(call.cloud)
    channel.update(
        name=f"projects/{call.cloud.project}/notificationChannels/{new_id()}",
        creationRecord=record,
        mutationRecords=[record],
    )
    return _save(call.cloud, channel)


@SERVICE.handles("projects.notificationChannels.get")
def get(call: Call) -> Json:
    """One channel."""
    return find(call.cloud, call.path["notificationChannelsId"])


@SERVICE.handles("projects.notificationChannels.list")
def list_channels(call: Call) -> Json:
    """The project's channels."""
    for name in ("filter", "orderBy"):
        if call.parameter(name):
            raise not_emulated(f"{name} of monitoring.projects.notificationChannels.list")
    found = call.cloud.store.list(COLLECTION)
    return {**page(call, "notificationChannels", found), "totalSize": len(found)}


@SERVICE.handles("projects.notificationChannels.patch")
def patch(call: Call) -> Json:
    """Change what the mask names, everything without one."""
    paths = read_mask(call.parameter("updateMask")) or list(call.schema.fields)
    check_mask(paths, call.schema)
    with call.cloud.store.transaction():
        stored = find(call.cloud, call.path["notificationChannelsId"])
        channel = apply_mask(stored, call.body, paths)
        channel.setdefault("enabled", True)
        if channel.get("type") != stored["type"]:
            raise bad_value("notification_channel.type", channel.get("type", ""), "the type cannot be changed")
        _check(channel)
        channel["mutationRecords"] = [_record(call.cloud), *stored["mutationRecords"]][:10]
        return _save(call.cloud, channel)


@SERVICE.handles("projects.notificationChannels.delete")
def delete(call: Call) -> Json:
    """Delete a channel; one that a policy names only with `force`, which takes it out of the policies."""
    with call.cloud.store.transaction():
        channel = find(call.cloud, call.path["notificationChannelsId"])
        users = [
            policy
            for policy in call.cloud.store.list(POLICIES)
            if channel["name"] in policy.get("notificationChannels", [])
        ]
        if users and not call.flag("force"):
            names = ", ".join(f'"{policy["name"]}"' for policy in users)
            raise invalid(f'Could not delete "{channel["name"]}" because it is still being referenced by: {names}')
        for policy in users:
            policy["notificationChannels"].remove(channel["name"])
            call.cloud.store.put(POLICIES, _id(policy), policy)
        call.cloud.store.delete(COLLECTION, _id(channel))
        call.cloud.store.delete(SECRETS, _id(channel))
    return {}


@SERVICE.handles("projects.notificationChannelDescriptors.list")
def list_descriptors(call: Call) -> Json:
    """The types of channels."""
    return page(call, "channelDescriptors", [_descriptor(call, name) for name in KINDS])


@SERVICE.handles("projects.notificationChannelDescriptors.get")
def get_descriptor(call: Call) -> Json:
    """One type of channel."""
    if call.path["notificationChannelDescriptorsId"] not in KINDS:
        raise not_found(
            f"Could not find notification channel descriptor {call.path['notificationChannelDescriptorsId']}."
        )
    return _descriptor(call, call.path["notificationChannelDescriptorsId"])


def find(cloud: Cloud, channel_id: str) -> Json:
    """The stored channel; raises 404."""
    channel = cloud.store.get(COLLECTION, channel_id)
    if channel is None:
        raise not_found(f"Notification channel not found: projects/{cloud.project}/notificationChannels/{channel_id}")
    return channel


def _check(channel: Json) -> None:
    name = channel.get("type", "")
    if name not in KINDS:
        raise bad_value("notification_channel.type", name, "no such notification channel type")
    kind, labels = KINDS[name], channel.get("labels", {})
    for label in labels:
        if label not in kind.required and label not in kind.optional:
            raise bad_value("notification_channel.labels", label, f"a channel of type {name} has no such label")
    for label, form in kind.required.items():
        if not re.fullmatch(form, labels.get(label, "")):
            shown = "" if label in kind.secret else labels.get(label, "")
            path = f"notification_channel.labels['{label}']"
            raise bad_value(path, shown, f"a channel of type {name} needs a valid {label}")
    check_labels(channel.get("userLabels", {}), "notification_channel.user_labels")
    for field, limit in (("displayName", 512), ("description", 1024)):
        if len(channel.get(field, "")) > limit:
            raise bad_value(f"notification_channel.{field}", "...", f"must not exceed {limit} characters")


def secrets_of(cloud: Cloud, channel: Json) -> dict[str, str]:
    """The sensitive labels of a channel as they were given."""
    found: dict[str, str] = cloud.store.get(SECRETS, _id(channel)) or {}
    return found


def _save(cloud: Cloud, channel: Json) -> Json:
    given = {label: channel["labels"][label] for label in KINDS[channel["type"]].secret}
    # Who writes back what was answered changes no secret.
    fresh = {label: value for label, value in given.items() if value != OBFUSCATED}
    with cloud.store.transaction():
        if fresh:
            cloud.store.put(SECRETS, _id(channel), {**secrets_of(cloud, channel), **fresh})
        channel["labels"] |= dict.fromkeys(given, OBFUSCATED)
        cloud.store.put(COLLECTION, _id(channel), channel)
        if channel["type"] == "pubsub":
            # It exists from the first such channel on (docs.cloud.google.com/monitoring/support/notification-options).
            identities.create_agent(cloud, AGENT_DOMAIN)
    return channel


def _id(resource: Json) -> str:
    return str(resource["name"]).rpartition("/")[2]


def _record(cloud: Cloud) -> Json:
    return {"mutateTime": timestamp(cloud.now()), "mutatedBy": CALLER}


def _descriptor(call: Call, name: str) -> Json:
    kind = KINDS[name]
    return {
        "name": f"projects/{call.cloud.project}/notificationChannelDescriptors/{name}",
        "type": name,
        "displayName": kind.title,
        "labels": [{"key": label, "description": LABELS[label]} for label in (*kind.required, *kind.optional)],
        "launchStage": "GA",
    }
