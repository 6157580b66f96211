"""The goals of the platform: what each is measured by, at its target and beside it, and unknown without a measure."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from tests.sql.analyses import Analyses, by
from tests.sql.messages import Row, utc

# 12:00 in Los Angeles.
NOW = utc("2025-11-04 20:00")
TODAY = date(2025, 11, 4)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
NAMES = (
    *("availability", "health score", "query p95", "failed queries", "cost", "deployments that succeeded"),
    *("time to deploy", "time to recover", "schedules", "schedules that were built", "exports that succeeded"),
    *("captions that nobody holds", "time to acknowledge an alert", "time to resolve an alert"),
)


def kpis(analyses: Analyses) -> dict[str, tuple[str, Any]]:
    return {row["name"]: (row["state"], row["value"]) for row in analyses.call("monitoring_kpis_at", NOW)}


def targets(analyses: Analyses) -> dict[str, tuple[str, float]]:
    return {row["name"]: (row["comparison"], row["target"]) for row in analyses.call("monitoring_kpis_at", NOW)}


def test_a_goal_of_which_nothing_is_known_is_not_met(analyses: Analyses) -> None:
    rows = by(analyses.call("monitoring_kpis_at", NOW), "position")
    assert tuple(rows[position]["name"] for position in sorted(rows)) == NAMES
    assert {(row["state"], row["value"]) for row in rows.values()} == {("UNKNOWN", None)}


def test_the_targets_are_those_that_were_agreed(analyses: Analyses) -> None:
    assert targets(analyses) == {
        "availability": (">=", 99.9),
        "health score": (">", 90),
        "query p95": ("<", 2),
        "failed queries": ("<", 1),
        "cost": ("<", 0.2),
        "deployments that succeeded": (">", 95),
        "time to deploy": ("<", 15),
        "time to recover": ("<", 30),
        "schedules": (">", 50),
        "schedules that were built": (">", 95),
        "exports that succeeded": (">", 95),
        "captions that nobody holds": (">", 500),
        "time to acknowledge an alert": ("<", 15),
        "time to resolve an alert": ("<", 30),
    }


def check(
    age: timedelta, score: int | None = 91, queries: int = 0, failed: int = 0, captions: float | None = None
) -> Row:
    signals = [
        {"signal": "active_locks", "subject": "", "value": 9e9},
        {"signal": "available_captions", "subject": "", "value": captions},
    ]
    figures = {"health_score": score, "total_queries": queries, "failed_queries": failed}
    return {"check_time": NOW - age, "signals": signals} | figures


def test_health_is_that_of_the_newest_check_and_of_none_that_is_old(analyses: Analyses) -> None:
    analyses.add(
        "health_checks", [check(45 * MINUTE, 100, captions=9.0), check(HOUR, 100, 200, 1), check(24 * HOUR, 1, 9, 9)]
    )
    old = kpis(analyses)
    assert old["health score"] == old["captions that nobody holds"] == ("UNKNOWN", None)
    assert old["failed queries"] == ("OK", 0.5)

    analyses.add("health_checks", [check(44 * MINUTE, 90, 100, 3, 500.0)])
    assert {
        name: kpis(analyses)[name] for name in ("health score", "failed queries", "captions that nobody holds")
    } == {
        "health score": ("MISSED", 90),
        "failed queries": ("MISSED", pytest.approx(400 / 300)),
        "captions that nobody holds": ("MISSED", 500),
    }

    analyses.add("health_checks", [check(timedelta(0), 91, captions=501.0), check(-MINUTE, 3, captions=1.0)])
    newest = kpis(analyses)
    assert (newest["health score"], newest["captions that nobody holds"]) == (("OK", 91), ("OK", 501))


def test_availability_is_the_time_that_health_checks_cover(analyses: Analyses) -> None:
    """Of 1,000 minutes one without a check that counts is met, two are not."""
    ends = (timedelta(0), 45 * MINUTE)
    starts = [1000 * MINUTE - n * 45 * MINUTE for n in range(21)]
    assert starts[-1] - ends[1] == 55 * MINUTE
    analyses.add("health_checks", [check(age) for age in (*starts, starts[-1] - 9 * MINUTE, *ends)])
    # From 46 minutes on all is covered but for what lies between 91 and 45 minutes ago.
    assert kpis(analyses)["availability"] == ("OK", pytest.approx(99.9))
    analyses.add("health_checks", [check(1001 * MINUTE + 45 * MINUTE)])
    assert kpis(analyses)["availability"][0] == "MISSED"


def test_cost_and_speed_are_those_of_yesterday_in_los_angeles(analyses: Analyses) -> None:
    def reported(days_ago: int, cost: float, p95: float | None) -> Row:
        day = TODAY - days_ago * DAY
        return {"report_time": NOW, "date": day, "estimated_cost_usd": cost, "p95_seconds": p95, "total_queries": 7}

    analyses.add("cost_reports", [reported(0, 99.0, 99.0), reported(2, 99.0, 99.0)])
    assert {kpis(analyses)[name] for name in ("cost", "query p95")} == {("UNKNOWN", None)}
    analyses.add("cost_reports", [reported(1, 0.2, 1.99)])
    found = kpis(analyses)
    assert (found["cost"], found["query p95"]) == (("MISSED", 0.2), ("OK", 1.99))


def deployment(number: int, minutes: float | None, result: str | None = "SUCCEEDED", **values: Any) -> Row:
    at = NOW - 10 * DAY + number * HOUR
    ended = None if minutes is None else at + minutes * MINUTE
    return {
        "deployment_id": f"d{number}",
        "stack": "prod",
        "started_at": at,
        "ended_at": ended,
        "result": result,
    } | values


def test_deployments_that_ended_are_counted_and_rollbacks_are_recoveries(analyses: Analyses) -> None:
    analyses.add(
        "deployments",
        [deployment(n, 10.0 + n) for n in range(4)]
        + [
            deployment(5, 99.0, "FAILED"),
            deployment(6, None, "RUNNING"),
            deployment(7, 99.0, started_at=NOW - 90 * DAY),
            deployment(8, 20.0, rollback_of="d5"),
            deployment(9, 41.0, "FAILED", rollback_of="d5"),
        ],
    )
    found = kpis(analyses)
    assert found["deployments that succeeded"] == ("MISSED", 80)
    assert found["time to deploy"] == ("OK", pytest.approx(11.5))
    assert found["time to recover"] == ("MISSED", pytest.approx(30.5))


def recommendation(page: str, schedule: str, age: timedelta) -> Row:
    at = NOW + DAY
    row = {"schedule_id": schedule, "page_name": page, "created_at": NOW - age, "message_type": "Unlock"}
    return row | {"scheduled_send_time": at, "scheduled_send_date": at.date(), "scheduled_send_hour": 9}


def test_schedules_of_a_week_are_counted_by_page_and_name(analyses: Analyses) -> None:
    rows = [recommendation(f"page{n}", "s", HOUR) for n in range(25)] + [
        recommendation("page1", f"t{n}", HOUR) for n in range(25)
    ]
    analyses.add(
        "schedule_recommendations", [*rows, *rows, recommendation("x", "old", 7 * DAY), recommendation("x", "s", -HOUR)]
    )
    assert kpis(analyses)["schedules"] == ("MISSED", 50)
    analyses.add("schedule_recommendations", [recommendation("x", "s", timedelta(0))])
    assert kpis(analyses)["schedules"] == ("OK", 51)


def entry(number: int, status: str, age: timedelta = HOUR) -> Row:
    return {"page_name": f"p{number}", "execution_date": TODAY, "status": status, "queued_at": NOW - age}


def exported(status: str, age: timedelta = HOUR) -> Row:
    return {"schedule_id": "s", "page_name": "p", "status": status, "export_timestamp": NOW - age}


def test_builds_and_exports_are_judged_by_those_that_ended_in_a_week(analyses: Analyses) -> None:
    analyses.add("schedule_generation_queue", [entry(n, "COMPLETED") for n in range(19)] + [entry(20, "FAILED")])
    analyses.add(
        "schedule_generation_queue", [entry(30, "PENDING"), entry(31, "PROCESSING"), entry(32, "FAILED", 7 * DAY)]
    )
    analyses.add("schedule_export_log", [exported("SUCCESS") for _ in range(24)])
    analyses.add("schedule_export_log", [exported("PARTIAL"), exported("FAILED", 7 * DAY), exported("FAILED", -HOUR)])
    # What went out already within 24 hours was no attempt that failed.
    analyses.add("schedule_export_log", [exported("SKIPPED") for _ in range(5)])
    found = kpis(analyses)
    assert found["schedules that were built"] == ("MISSED", 95)
    assert found["exports that succeeded"] == ("OK", 96)


def alert(age: timedelta, level: str = "WARNING", source: str = "alert_evaluation", **values: Any) -> Row:
    return {"alert_level": level, "alert_source": source, "alert_time": NOW - age, "acknowledged": False} | values


def seen(minutes: float, age: timedelta = DAY, **values: Any) -> Row:
    at: datetime = NOW - age + minutes * MINUTE
    return alert(age, acknowledged=True, acknowledged_at=at, **values)


def test_an_open_alert_goes_on_waiting(analyses: Analyses) -> None:
    analyses.add("automation_alerts", [seen(5, resolved_at=NOW - DAY + 20 * MINUTE), alert(19 * MINUTE)])
    found = kpis(analyses)
    assert found["time to acknowledge an alert"] == ("OK", 12)
    assert found["time to resolve an alert"] == ("OK", 19.5)

    analyses.add(
        "automation_alerts",
        [
            seen(30, source="lock_cleanup"),
            seen(600, level="INFO"),
            alert(30 * DAY),
            alert(-HOUR),
            alert(DAY, acknowledged=True),
        ],
    )
    found = kpis(analyses)
    assert found["time to acknowledge an alert"] == ("MISSED", 18)
    assert found["time to resolve an alert"] == ("MISSED", pytest.approx((20 + 19 + 24 * 60) / 3))
