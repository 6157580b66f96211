"""Policies that match log entries: who is notified, how often, and when an incident ends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from services.conftest import Api
    from services.monitoring.conftest import Watched

STALE = (
    'resource.type="bigquery_dts_config"\nlog_id("bigquerydatatransfer.googleapis.com/transfer_config")\n'
    'severity>=ERROR\njsonPayload.message=~"stale=CRITICAL"'
)


def test_a_matching_entry_opens_an_incident_and_notifies(watched: Watched) -> None:
    policy = watched.log_policy(STALE, severity="CRITICAL", userLabels={"rule": "stale"})
    assert watched.evaluate() == []
    watched.says("ALERT|stale=CRITICAL:13")
    (record,) = watched.evaluate()
    assert record["policy"] == "Stale"
    assert record["severity"] == "CRITICAL"
    assert (record["state"], record["time"]) == ("open", "2026-03-01T12:00:00Z")
    assert (record["channelType"], record["channel"]) == ("email", "Ops")
    assert record["subject"] == "[ALERT - Critical] Stale"
    assert record["payload"]["to"] == "ops@example.com"
    assert record["userLabels"] == {"rule": "stale"}
    (alert,) = watched.alerts()
    assert alert["name"] == record["incident"]
    assert (alert["state"], alert["openTime"]) == ("OPEN", "2026-03-01T12:00:00Z")
    expected = {"name": policy["name"], "displayName": "Stale", "severity": "CRITICAL", "userLabels": {"rule": "stale"}}
    assert alert["policy"] == expected
    assert alert["resource"]["labels"]["config_id"] == "c-1"
    assert watched.api("GET", f"/monitoring/v3/{alert['name']}") == alert


@pytest.mark.parametrize("message", ["ALERT|stale=WARNING:9", "stale"])
def test_an_entry_that_does_not_match_is_silence(watched: Watched, message: str) -> None:
    watched.log_policy(STALE)
    watched.says(message)
    watched.says("ALERT|stale=CRITICAL:13", severity="WARNING")
    assert watched.evaluate() == []
    assert watched.alerts() == []


def test_an_entry_is_seen_once(watched: Watched) -> None:
    watched.log_policy(STALE)
    watched.says("ALERT|stale=CRITICAL:13")
    assert len(watched.evaluate()) == 1
    assert watched.after(minutes=10) == []


def test_an_entry_from_before_the_policy_is_not_seen(watched: Watched) -> None:
    watched.says("ALERT|stale=CRITICAL:13")
    watched.clock.advance(seconds=1)
    watched.log_policy(STALE)
    assert watched.evaluate() == []


def test_at_most_one_notification_a_period_and_the_same_incident_again_later(watched: Watched) -> None:
    watched.log_policy(STALE, period="3600s")
    sent = []
    for _ in range(13):
        watched.says("ALERT|stale=CRITICAL:13")
        sent += [record["time"][11:16] for record in watched.evaluate()]
        watched.clock.advance(minutes=10)
    assert sent == ["12:00", "13:00", "14:00"]
    assert watched.states() == ["OPEN"]


def test_at_most_twenty_notifications_a_day(watched: Watched) -> None:
    watched.log_policy(STALE)
    sent = []
    for _ in range(50):
        watched.says("ALERT|stale=CRITICAL:13")
        sent += watched.evaluate()
        watched.clock.advance(minutes=30)
    first_day = [record for record in sent if record["time"] < "2026-03-02T12:00:00Z"]
    assert len(first_day) == 20
    assert len(sent) > 20


def test_an_incident_closes_by_itself_without_a_notification_and_the_next_match_opens_a_new_one(
    watched: Watched,
) -> None:
    watched.log_policy(STALE)
    watched.says("ALERT|stale=CRITICAL:13")
    watched.evaluate()
    assert watched.after(minutes=29) == []
    assert watched.states() == ["OPEN"]
    assert watched.after(minutes=2) == []
    assert watched.states() == ["CLOSED"]
    watched.says("ALERT|stale=CRITICAL:14")
    assert len(watched.evaluate()) == 1
    assert watched.states() == ["OPEN", "CLOSED"]


def test_extracted_labels_tell_incidents_apart_and_are_named_in_the_text(watched: Watched) -> None:
    watched.log_policy(
        'jsonPayload.message=~"=CRITICAL"',
        extractors={
            "rule": 'REGEXP_EXTRACT(jsonPayload.message, "(\\\\w+)=CRITICAL")',
            "config": "EXTRACT(resource.labels.config_id)",
        },
        documentation={
            "subject": "${log.extracted_label.rule} is broken",
            "content": "in ${log.extracted_label.config}",
        },
    )
    watched.says("ALERT|stale=CRITICAL:13")
    (first,) = watched.evaluate()
    assert (first["subject"], first["text"].endswith("in c-1")) == ("stale is broken", True)
    watched.clock.advance(minutes=5)
    watched.says("ALERT|pool=CRITICAL:13")
    (second,) = watched.evaluate()
    assert second["subject"] == "pool is broken"
    assert [alert["log"]["extractedLabels"]["rule"] for alert in watched.alerts()] == ["pool", "stale"]


@pytest.mark.parametrize(
    ("code", "text", "extractors", "message"),
    [
        (400, STALE, {"a": "jsonPayload.message"}, "not an extractor"),
        (400, STALE, {"a": 'REGEXP_EXTRACT(labels.x, "no group")'}, "exactly one capture group"),
        (400, 'jsonPayload.message=~"("', {}, "invalid regular expression"),
        (501, 'httpRequest.status="x"', {}, "the field httpRequest.status"),
    ],
)
def test_a_condition_that_could_never_match_is_refused(
    api: Api, code: int, text: str, extractors: dict[str, str], message: str
) -> None:
    condition = {"displayName": "c", "conditionMatchedLog": {"filter": text, "labelExtractors": extractors}}
    body: dict[str, Any] = {
        "displayName": "p",
        "combiner": "OR",
        "conditions": [condition],
        "alertStrategy": {"notificationRateLimit": {"period": "300s"}},
    }
    assert message in api.refused(code, "POST", "/monitoring/v3/projects/gcp-local/alertPolicies", body)["message"]


def test_a_policy_that_is_switched_off_or_deleted_ends_its_incidents_in_silence(watched: Watched) -> None:
    one, two = watched.log_policy(STALE), watched.log_policy(STALE)
    watched.says("ALERT|stale=CRITICAL:13")
    assert len(watched.evaluate()) == 2
    watched.api("PATCH", f"/monitoring/v3/{one['name']}", {"enabled": False}, updateMask="enabled")
    watched.api("DELETE", f"/monitoring/v3/{two['name']}")
    watched.says("ALERT|stale=CRITICAL:14")
    assert watched.after(minutes=6) == []
    assert watched.states() == ["CLOSED", "CLOSED"]


def test_incidents_are_listed_by_state_and_order(watched: Watched) -> None:
    watched.log_policy(STALE)
    watched.says("ALERT|stale=CRITICAL:13")
    watched.evaluate()
    watched.after(minutes=31)
    watched.says("ALERT|stale=CRITICAL:13")
    watched.evaluate()
    assert [alert["state"] for alert in watched.alerts(filter='state="OPEN"')] == ["OPEN"]
    assert [alert["state"] for alert in watched.alerts(orderBy="open_time")] == ["CLOSED", "OPEN"]
    watched.api.refused(501, "GET", "/monitoring/v3/projects/gcp-local/alerts", filter='policy.name="x"')
    watched.api.refused(400, "GET", "/monitoring/v3/projects/gcp-local/alerts", orderBy="name")
    watched.api.refused(404, "GET", "/monitoring/v3/projects/gcp-local/alerts/0.x")
