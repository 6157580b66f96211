"""Notifications arrive at real receivers, in the form of each vendor; secrets go there and nowhere else."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
import receivers

from gcp_local.services.cloud import Cloud

if TYPE_CHECKING:
    from services.monitoring.conftest import Watched

AGENT = "service-123456789012@gcp-sa-monitoring-notification.iam.gserviceaccount.com"
TOPIC = "/pubsub/v1/projects/gcp-local/topics/alerts"
SUBSCRIPTION = "/pubsub/v1/projects/gcp-local/subscriptions/on-call"
DOCUMENTATION = {
    "content": "Look at `${resource.label.config_id}` of ${policy.display_name}.",
    "mimeType": "text/markdown",
}


@pytest.fixture
def web() -> Iterator[receivers.Web]:
    with receivers.web() as started:
        yield started


@pytest.fixture
def mail() -> Iterator[receivers.Mail]:
    with receivers.mail() as started:
        yield started


def reach(watched: Watched, **given: str) -> None:
    assert watched.api.send("PUT", "/local/receivers", given).json() == {"smtp": "", "http": "", **given}


def alarm(watched: Watched, *channels: str, **fields: Any) -> list[dict[str, Any]]:
    """What a policy with these channels adds to the outbox once it fires."""
    given = {"severity": "CRITICAL", "documentation": DOCUMENTATION, **fields}
    watched.log_policy('jsonPayload.message:"stale"', notificationChannels=list(channels), **given)
    watched.says("stale=CRITICAL:13")
    return watched.evaluate()


def test_a_mail_arrives(watched: Watched, mail: receivers.Mail) -> None:
    reach(watched, smtp=mail.address)
    (record,) = alarm(watched, watched.channel(), documentation={**DOCUMENTATION, "subject": "Stale: é\n${project}"})
    assert record["delivery"] == "delivered"
    (got,) = mail.mails
    assert (got["To"], got["From"]) == ("ops@example.com", "alerting-noreply@google.com")
    assert "Stale" in str(got["Subject"])
    content = got.get_payload(decode=True)
    assert isinstance(content, bytes)
    assert "Look at `c-1` of Stale." in content.decode()


def test_slack_gets_a_message_with_the_bots_token(watched: Watched, web: receivers.Web) -> None:
    reach(watched, http=web.url)
    channel = watched.channel("slack", channel_name="#ops", team="acme", auth_token="xoxb-secret")
    (record,) = alarm(watched, channel)
    assert record["delivery"] == "delivered"
    (got,) = web.requests
    assert got.path == "/slack.com/api/chat.postMessage"
    assert got.headers["Authorization"] == "Bearer xoxb-secret"
    assert (got.body["channel"], got.body["text"]) == ("#ops", "[ALERT - Critical] Stale")
    assert (got.body["attachments"][0]["color"], "Look at `c-1`" in got.body["attachments"][0]["text"]) == (
        "#d32f2f",
        True,
    )


def test_pagerduty_gets_an_event_that_is_resolved_when_the_incident_closes(
    watched: Watched, web: receivers.Web
) -> None:
    reach(watched, http=web.url)
    channel = watched.channel("pagerduty", service_key="pd-secret")
    body = {
        "filter": 'metric.type="bigquerydatatransfer.googleapis.com/transfer_config/completed_runs" AND '
        'resource.type="bigquery_dts_config"',
        "duration": "1800s",
    }
    watched.policy({"conditionAbsent": body}, notificationChannels=[channel], severity="WARNING")
    watched.runs()
    watched.after(minutes=31)
    watched.runs()
    watched.evaluate()
    opened, closed = (one.body for one in web.requests)
    assert web.requests[0].path == "/events.pagerduty.com/v2/enqueue"
    assert (opened["routing_key"], opened["event_action"], closed["event_action"]) == (
        "pd-secret",
        "trigger",
        "resolve",
    )
    assert opened["dedup_key"] == closed["dedup_key"]
    assert (opened["payload"]["severity"], opened["payload"]["summary"]) == ("warning", "[ALERT - Warning] Stale")


def test_a_chat_space_gets_a_text_without_documentation(watched: Watched, web: receivers.Web) -> None:
    reach(watched, http=web.url)
    alarm(watched, watched.channel("google_chat", space="spaces/AAA"))
    (got,) = web.requests
    assert got.path == "/chat.googleapis.com/v1/spaces/AAA/messages"
    assert got.body["text"].startswith("*[ALERT - Critical] Stale*\nLog match condition fired")
    assert "Look at" not in got.body["text"]


@pytest.mark.parametrize("kind", ["webhook_tokenauth", "webhook_basicauth"])
def test_a_webhook_gets_the_incident_in_version_1_2(watched: Watched, web: receivers.Web, kind: str) -> None:
    reach(watched, http=f"{web.url}/sink")
    labels = {"url": "https://hooks.example.com/a/b?auth_token=t-secret"}
    if kind == "webhook_basicauth":
        labels |= {"username": "ops", "password": "w-secret"}
    alarm(watched, watched.channel(kind, **labels), userLabels={"rule": "stale"})
    (got,) = web.requests
    assert got.path == "/sink/hooks.example.com/a/b?auth_token=t-secret"
    if kind == "webhook_basicauth":
        assert got.headers["Authorization"] == f"Basic {base64.b64encode(b'ops:w-secret').decode()}"
    incident = got.body["incident"]
    assert got.body["version"] == "1.2"
    assert incident.keys() >= {"incident_id", "url", "condition", "condition_name", "resource", "metadata"}
    assert (incident["scoping_project_id"], incident["scoping_project_number"]) == ("gcp-local", 123456789012)
    assert (incident["state"], incident["started_at"], incident["ended_at"]) == ("open", 1772366400, None)
    assert (incident["severity"], incident["policy_name"]) == ("Critical", "Stale")
    assert incident["policy_user_labels"] == {"rule": "stale"}
    assert incident["documentation"]["content"] == "Look at `c-1` of Stale."


def test_a_topic_gets_the_incident_once_the_agent_may_publish(watched: Watched) -> None:
    api = watched.api
    api("PUT", TOPIC, {})
    api("PUT", SUBSCRIPTION, {"topic": "projects/gcp-local/topics/alerts"})
    binding = {"role": "roles/pubsub.publisher", "members": [f"serviceAccount:{AGENT}"]}
    grant = {"policy": {"bindings": [binding]}}
    # The agent exists from the first channel of this type on.
    assert "does not exist" in api.refused(400, "POST", f"{TOPIC}:setIamPolicy", grant)["message"]
    channel = watched.channel("pubsub", topic="projects/gcp-local/topics/alerts")
    (denied,) = alarm(watched, channel)
    assert denied["delivery"].startswith("failed: User not authorized")
    assert "roles/pubsub.publisher" in denied["delivery"]
    api("POST", f"{TOPIC}:setIamPolicy", grant)
    watched.clock.advance(minutes=6)
    watched.says("stale=CRITICAL:14")
    (sent,) = watched.evaluate()
    assert sent["delivery"] == "delivered"
    (got,) = api("POST", f"{SUBSCRIPTION}:pull", {"maxMessages": 10})["receivedMessages"]
    data = json.loads(base64.b64decode(got["message"]["data"]))
    assert (data["version"], data["incident"]["policy_name"]) == ("1.2", "Stale")


def test_without_receivers_a_notification_is_kept_only(watched: Watched) -> None:
    (mail, slack) = alarm(watched, watched.channel(), watched.channel("slack", channel_name="#ops", auth_token="x"))
    assert (mail["delivery"], slack["delivery"]) == ("kept", "kept")


def test_a_receiver_that_fails_is_said_and_the_others_get_theirs(
    watched: Watched, web: receivers.Web, mail: receivers.Mail
) -> None:
    web.status, mail.refuses = 503, True
    reach(watched, http=web.url, smtp=mail.address)
    hook = watched.channel("webhook_tokenauth", url="https://hooks.example.com/a?auth_token=t-secret")
    records = alarm(watched, hook, watched.channel(), watched.channel("google_chat", space="spaces/A"))
    assert [record["delivery"] for record in records] == [
        "failed: HTTP 503",
        "failed: SMTPRecipientsRefused",
        "failed: HTTP 503",
    ]
    reach(watched, http="http://127.0.0.1:1", smtp="127.0.0.1:1")
    watched.clock.advance(minutes=6)
    watched.says("stale=CRITICAL:14")
    assert all(record["delivery"].startswith("failed: Connect") for record in watched.evaluate())


def test_what_slack_refuses_in_its_answer_is_a_failure(watched: Watched, web: receivers.Web) -> None:
    web.answer = b'{"ok": false, "error": "channel_not_found"}'
    reach(watched, http=web.url)
    (record,) = alarm(watched, watched.channel("slack", channel_name="#ops", auth_token="xoxb-secret"))
    assert record["delivery"] == "failed: channel_not_found"


def test_no_secret_is_in_the_outbox(watched: Watched, cloud: Cloud, web: receivers.Web) -> None:
    reach(watched, http=web.url)
    alarm(
        watched,
        watched.channel("slack", channel_name="#ops", auth_token="xoxb-secret"),
        watched.channel("pagerduty", service_key="pd-secret"),
        watched.channel("webhook_basicauth", url="https://h.example.com", username="u", password="w-secret"),
        watched.channel("webhook_tokenauth", url="https://h.example.com/a?auth_token=t-secret"),
    )
    assert len(web.requests) == 4
    text = (cloud.store.folder / "outbox.jsonl").read_text(encoding="utf-8")
    assert len(text.splitlines()) == 4
    assert "secret" not in text


def test_a_channel_that_is_switched_off_gets_nothing(watched: Watched) -> None:
    channel = watched.channel()
    watched.api("PATCH", f"/monitoring/v3/{channel}", {"enabled": False}, updateMask="enabled")
    assert alarm(watched, channel) == []
    assert watched.states() == ["OPEN"]


def test_variables_without_a_value_read_null_and_unknown_ones_stay(watched: Watched) -> None:
    content = "${metric.type} ${log.extracted_label.x} ${resource.label.location} ${policy.user_label.a} ${nonsense}"
    (record,) = alarm(watched, watched.channel(), documentation={"content": content}, userLabels={"a": "b"})
    assert record["text"].endswith("null null us b ${nonsense}")
