"""Snoozes: a snoozed policy is silent, and what can be said about a snooze."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from services.monitoring.conftest import RUNS

if TYPE_CHECKING:
    from services.monitoring.conftest import Watched

SNOOZES = "/monitoring/v3/projects/gcp-local/snoozes"
LOG = 'jsonPayload.message=~"stale=CRITICAL"'


def snooze(policy: dict[str, Any], start: str = "12:00", end: str = "14:00", **changes: Any) -> dict[str, Any]:
    interval = {"startTime": f"2026-03-01T{start}:00Z", "endTime": f"2026-03-01T{end}:00Z"}
    return {"displayName": "Works", "criteria": {"policies": [policy["name"]]}, "interval": interval, **changes}


def test_a_snoozed_policy_opens_nothing_and_closes_what_is_open(watched: Watched) -> None:
    policy = watched.log_policy(LOG)
    watched.says("ALERT|stale=CRITICAL")
    assert len(watched.evaluate()) == 1
    watched.clock.advance(minutes=10)
    watched.api("POST", SNOOZES, snooze(policy, start="12:10"))
    watched.says("ALERT|stale=CRITICAL")
    assert watched.evaluate() == []
    assert watched.states() == ["CLOSED"]
    watched.clock.advance(hours=2)
    watched.says("ALERT|stale=CRITICAL")
    assert len(watched.evaluate()) == 1


def test_another_policy_is_not_snoozed(watched: Watched) -> None:
    snoozed, other = watched.log_policy(LOG), watched.log_policy(LOG, displayName="Other")
    watched.api("POST", SNOOZES, snooze(snoozed))
    watched.says("ALERT|stale=CRITICAL")
    assert [record["policyName"] for record in watched.evaluate()] == [other["name"]]


def test_a_condition_that_is_still_met_notifies_when_the_snooze_is_over(watched: Watched) -> None:
    policy = watched.policy({"conditionAbsent": {"filter": RUNS, "duration": "1800s"}})
    watched.runs()
    watched.api("POST", SNOOZES, snooze(policy))
    assert watched.after(minutes=110) == []
    assert [record["time"] for record in watched.after(minutes=15)] == ["2026-03-01T14:00:00Z"]


def test_a_snooze_is_read_listed_and_ended_early(watched: Watched) -> None:
    made = watched.api("POST", SNOOZES, snooze(watched.log_policy(LOG)))
    path = f"/monitoring/v3/{made['name']}"
    assert watched.api("GET", path) == made
    assert watched.api("GET", SNOOZES)["snoozes"] == [made]
    late = 'interval.start_time > "2026-03-01T13:00:00Z"'
    assert watched.api("GET", SNOOZES, filter=late) == {}
    watched.clock.advance(hours=1)
    change = {"interval": {"endTime": "2026-03-01T13:00:00Z"}}
    ended = watched.api("PATCH", path, change, updateMask="interval.end_time")
    assert ended["interval"] == {"startTime": "2026-03-01T12:00:00Z", "endTime": "2026-03-01T13:00:00Z"}
    watched.says("ALERT|stale=CRITICAL")
    assert len(watched.evaluate()) == 1
    watched.clock.advance(minutes=1)
    watched.api.refused(400, "PATCH", path, {"displayName": "x"}, updateMask="display_name")


@pytest.mark.parametrize(
    ("code", "change", "message"),
    [
        (400, {"displayName": ""}, "snooze.display_name"),
        (400, {"criteria": {}}, "between 1 and 16 policies"),
        (404, {"criteria": {"policies": ["projects/gcp-local/alertPolicies/1"]}}, "Cannot find alert policy"),
        (400, {"interval": {"startTime": "2026-03-01T12:00:00Z"}}, "start_time and end_time"),
        (400, {"interval": {"startTime": "2026-03-01T11:00:00Z", "endTime": "2026-03-01T13:00:00Z"}}, "in the past"),
        (400, {"interval": {"startTime": "2026-03-01T13:00:00Z", "endTime": "2026-03-01T13:00:00Z"}}, "later than"),
    ],
)
def test_a_snooze_that_google_refuses_is_refused(
    watched: Watched, code: int, change: dict[str, Any], message: str
) -> None:
    body = snooze(watched.log_policy(LOG), **change)
    assert message in watched.api.refused(code, "POST", SNOOZES, body)["message"]


def test_an_active_snooze_keeps_its_start_and_its_policies(watched: Watched) -> None:
    made = watched.api("POST", SNOOZES, snooze(watched.log_policy(LOG)))
    path = f"/monitoring/v3/{made['name']}"
    watched.clock.advance(minutes=5)
    later = {"interval": {"startTime": "2026-03-01T12:30:00Z"}}
    assert "start" in watched.api.refused(400, "PATCH", path, later, updateMask="interval.start_time")["message"]
    watched.api.refused(400, "PATCH", path, {}, updateMask="criteria")
    watched.api.refused(404, "GET", f"{SNOOZES}/1")
