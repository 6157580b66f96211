"""Notification channels: their labels, and that one in use stays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from gcp_local.services.cloud import Cloud
from gcp_local.services.monitoring import channels

if TYPE_CHECKING:
    from services.conftest import Api


PARENT = "/monitoring/v3/projects/gcp-local"
CHANNELS = f"{PARENT}/notificationChannels"
EMAIL = {"type": "email", "displayName": "Ops", "labels": {"email_address": "ops@example.com"}}


def policy_with(channel: str) -> dict[str, Any]:
    condition = {
        "displayName": "absent",
        "conditionAbsent": {
            "filter": 'metric.type="custom.googleapis.com/x" AND resource.type="global"',
            "duration": "1800s",
        },
    }
    return {"displayName": "p", "combiner": "OR", "conditions": [condition], "notificationChannels": [channel]}


def test_a_channel_is_created_read_changed_and_deleted(api: Api) -> None:
    made = api("POST", CHANNELS, EMAIL)
    path = f"/monitoring/v3/{made['name']}"
    assert made["enabled"] is True
    assert api("GET", path) == made
    changed = api("PATCH", path, {"displayName": "New"}, updateMask="displayName")
    assert (changed["displayName"], changed["labels"]) == ("New", EMAIL["labels"])
    assert api("GET", CHANNELS)["notificationChannels"] == [changed]
    api("DELETE", path)
    api.refused(404, "GET", path)


@pytest.mark.parametrize(
    ("channel", "message"),
    [
        ({**EMAIL, "type": "e-mail"}, "no such notification channel type"),
        ({**EMAIL, "labels": {}}, "email_address"),
        ({**EMAIL, "labels": {"email_address": "nobody"}}, "email_address"),
        ({**EMAIL, "labels": {"email_address": "a@b.example", "topic": "t"}}, "has no such label"),
        ({"type": "pubsub", "labels": {"topic": "t"}}, "topic"),
        ({"type": "slack", "labels": {"channel_name": "#ops"}}, "auth_token"),
        ({**EMAIL, "sensitiveLabels": {}}, 'Unknown name "sensitiveLabels"'),
        ({**EMAIL, "userLabels": {"A": "b"}}, "label keys"),
    ],
)
def test_a_channel_that_google_refuses_is_refused(api: Api, channel: dict[str, Any], message: str) -> None:
    assert message in api.refused(400, "POST", CHANNELS, channel)["message"]


def test_the_type_of_a_channel_cannot_be_changed(api: Api) -> None:
    made = api("POST", CHANNELS, EMAIL)
    api.refused(400, "PATCH", f"/monitoring/v3/{made['name']}", {"type": "sms"}, updateMask="type")


def test_secrets_are_never_answered(api: Api, cloud: Cloud) -> None:
    labels = {"channel_name": "#ops", "auth_token": "xoxb-secret"}
    made = api("POST", CHANNELS, {"type": "slack", "labels": labels})
    assert made["labels"] == {"channel_name": "#ops", "auth_token": "**********"}
    assert "secret" not in str(cloud.store.list("monitoring.notificationChannels"))


def test_a_channel_in_use_is_deleted_only_by_force(api: Api) -> None:
    channel = api("POST", CHANNELS, EMAIL)["name"]
    policy = api("POST", f"{PARENT}/alertPolicies", policy_with(channel))["name"]
    error = api.refused(400, "DELETE", f"/monitoring/v3/{channel}", force="false")
    assert error["message"] == f'Could not delete "{channel}" because it is still being referenced by: "{policy}"'
    api("DELETE", f"/monitoring/v3/{channel}", force="true")
    assert api("GET", f"/monitoring/v3/{policy}").get("notificationChannels", []) == []


def test_the_types_of_channels_are_listed(api: Api) -> None:
    listed = api("GET", f"{PARENT}/notificationChannelDescriptors")["channelDescriptors"]
    assert {"email", "pubsub", "slack"} <= {descriptor["type"] for descriptor in listed}
    one = api("GET", f"{PARENT}/notificationChannelDescriptors/email")
    assert one["labels"] == [{"key": "email_address", "description": "An address to send email."}]
    slack = api("GET", f"{PARENT}/notificationChannelDescriptors/slack")
    assert [label["key"] for label in slack["labels"]] == ["channel_name", "auth_token", "team"]


def test_a_channel_that_is_written_back_as_it_was_answered_keeps_its_secret(api: Api, cloud: Cloud) -> None:
    made = api("POST", CHANNELS, {"type": "pagerduty", "labels": {"service_key": "k-1"}})
    path = f"/monitoring/v3/{made['name']}"
    api("PATCH", path, {**made, "displayName": "New"})
    assert channels.secrets_of(cloud, made) == {"service_key": "k-1"}
    api("PATCH", path, {**made, "labels": {"service_key": "k-2"}})
    assert channels.secrets_of(cloud, made) == {"service_key": "k-2"}
    api("DELETE", path)
    assert channels.secrets_of(cloud, made) == {}
