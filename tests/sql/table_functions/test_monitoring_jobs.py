"""What the reports on jobs, sweeps, alerts and the queue say: of rows, of nothing, of nulls, of what never ran."""

from __future__ import annotations

import statistics
from datetime import date, timedelta
from typing import Any

from tests.sql.analyses import Analyses, by, close
from tests.sql.messages import Row, la, utc

# 12:00 in Los Angeles.
NOW = utc("2025-11-04 20:00")
TODAY = date(2025, 11, 4)
TICK = timedelta(microseconds=1)


def job(name: str, at: Any, status: str = "SUCCESS", seconds: float | None = 60.0, **values: Any) -> Row:
    """A run of a job, by default one of a minute."""
    return {
        "job_id": f"{name}_{at:%Y%m%d%H%M%S%f}_{status}",
        "job_name": name,
        "job_start_time": at,
        "job_status": status,
        "job_duration_seconds": seconds,
        **values,
    }


def daily(days_ago: int, status: str = "SUCCESS", seconds: float | None = 60.0, **values: Any) -> Row:
    """The run of a date, at 03:07 Los Angeles time."""
    day = TODAY - timedelta(days=days_ago)
    return job("daily_automation", la(f"{day} 03:07"), status, seconds, execution_date=day, **values)


def hours(count: float) -> timedelta:
    return timedelta(hours=count)


def test_a_date_without_its_daily_run_is_in_the_report(analyses: Analyses) -> None:
    found = analyses.calls(
        "monitoring_daily_automation_at", {"noon": [NOW], "before": [la("2025-11-04 03:04")], "null": [None]}
    )

    dates = {key: sorted(row["execution_date"] for row in rows) for key, rows in found.items()}
    week = [TODAY - timedelta(days=n) for n in range(6, -1, -1)]
    assert dates == {"noon": week, "before": week[:-1], "null": []}
    assert {row["job_status"] for row in found["noon"]} == {"NOT_RUN"}
    assert found["noon"][0] | {"execution_date": None} == {
        "execution_date": None,
        "job_status": "NOT_RUN",
        "runs": 0,
        "avg_seconds": None,
        "max_seconds": None,
        "pages_processed": 0,
        "pages_failed": 0,
        "failure_rate_pct": None,
        "last_run": None,
    }


def test_the_failure_rate_counts_failed_pages_among_all(analyses: Analyses) -> None:
    # defect: O4
    """The old one divided by the pages that succeeded, and had no rate when none did."""
    repeated = daily(1, seconds=30.0, creators_processed=10, creators_failed=0)
    analyses.add(
        "etl_job_runs",
        [
            daily(0, "RUNNING", None),
            daily(1, seconds=90.0, creators_processed=35, creators_failed=5),
            repeated | {"job_start_time": NOW, "job_id": "by hand"},
            daily(2, "FAILED", 20.0, creators_processed=0, creators_failed=5),
            daily(3, "FAILED", 12.0),
            daily(3, "COMPLETED_NO_WORK", 2.0, creators_processed=0, creators_failed=0),
            daily(4) | {"execution_date": None},
            daily(7),
            daily(0) | {"job_start_time": NOW + TICK, "job_id": "later"},
            job("update_caption_performance", NOW - hours(1)),
        ],
    )

    found = by(analyses.call("monitoring_daily_automation_at", NOW), "execution_date", "job_status")

    columns = ("runs", "avg_seconds", "max_seconds", "pages_processed", "pages_failed", "failure_rate_pct")
    days = [TODAY - timedelta(days=n) for n in range(7)]
    assert {key: tuple(row[name] for name in columns) for key, row in found.items()} == {
        (days[0], "RUNNING"): (1, None, None, 0, 0, None),
        (days[1], "SUCCESS"): (2, 60.0, 90.0, 45, 5, 10.0),
        (days[2], "FAILED"): (1, 20.0, 20.0, 0, 5, 100.0),
        (days[3], "FAILED"): (1, 12.0, 12.0, 0, 0, None),
        (days[3], "COMPLETED_NO_WORK"): (1, 2.0, 2.0, 0, 0, None),
        (days[4], "SUCCESS"): (1, 60.0, 60.0, 0, 0, None),
        (days[5], "NOT_RUN"): (0, None, None, 0, 0, None),
        (days[6], "NOT_RUN"): (0, None, None, 0, 0, None),
    }
    assert found[days[1], "SUCCESS"]["last_run"] == NOW


def test_durations_are_those_of_runs_that_ended_well(analyses: Analyses) -> None:
    recent = [40.0, 50.0, 75.0]
    earlier = [20.0, 35.0, 35.0]
    edge = NOW - timedelta(days=7)
    analyses.add(
        "etl_job_runs",
        [job("slow", NOW - hours(n + 1), seconds=value) for n, value in enumerate(recent)]
        + [job("slow", edge - hours(n), "COMPLETED_WITH_ERRORS", value) for n, value in enumerate(earlier)]
        + [
            job("slow", NOW, "FAILED", 9_999.0),
            job("slow", NOW - hours(9), "RUNNING", None),
            job("slow", NOW - timedelta(days=30), seconds=9_999.0),
            job("slow", NOW + TICK, seconds=9_999.0),
            job("once", NOW - hours(1), seconds=7.0),
            job("instant", NOW - hours(1), seconds=7.0),
            job("instant", edge, seconds=0.0),
            job("broken", NOW - hours(1), "FAILED", 3.0),
        ],
    )

    found = by(analyses.call("monitoring_duration_trend_at", NOW), "job_name")

    names = ("runs", "avg_seconds", "min_seconds", "max_seconds", "stddev_seconds", "avg_seconds_7d", "change_pct")
    assert {key: [row[name] for name in names] for key, row in found.items()} == close(
        {
            "slow": [6, 42.5, 20.0, 75.0, statistics.stdev(recent + earlier), 55.0, 100 * (55 - 30) / 30],
            "once": [1, 7.0, 7.0, 7.0, None, 7.0, None],
            "instant": [2, 3.5, 0.0, 7.0, statistics.stdev([7, 0]), 7.0, None],
            "broken": [0, None, None, None, None, None, None],
        }
    )


def _error(page: str, hours_ago: float, text: str | None, day: date | None = TODAY) -> Row:
    at = NOW - hours(hours_ago)
    return {"job_id": "j", "page_name": page, "execution_date": day, "error_message": text, "error_time": at}


def test_pages_that_failed_three_times_in_seven_days_are_listed_with_their_latest_texts(analyses: Analyses) -> None:
    yesterday = TODAY - timedelta(days=1)
    analyses.add(
        "creator_processing_errors",
        [
            _error("alice", 1.5, "b"),
            _error("alice", 2, "a"),
            _error("alice", 3, "b"),
            _error("alice", 26, "d", yesterday),
            _error("alice", 27, "c", yesterday),
            _error("alice", 168, "too old"),
            _error("alice", -0.1, "to come"),
            _error("bella", 1, None, None),
            _error("bella", 2, None, None),
            _error("bella", 30, "x", None),
            _error("carol", 1, "x"),
            _error("carol", 2, "x"),
            *(_error("SYSTEM_CLEANUP", n, "x") for n in range(5)),
            *(_error("SYSTEM_REFERENCE_DATA", n, "x") for n in range(5)),
        ],
    )

    found = by(analyses.call("monitoring_repeat_failures_at", NOW), "page_name")

    assert found == close(
        {
            "alice": {
                "page_name": "alice",
                "failures": 5,
                "failing_days": 2,
                "last_failure": NOW - hours(1.5),
                "hours_since_last": 1.5,
                "sample_errors": "b | a | d",
            },
            "bella": {
                "page_name": "bella",
                "failures": 3,
                "failing_days": 2,
                "last_failure": NOW - hours(1),
                "hours_since_last": 1.0,
                "sample_errors": "(no text) | x",
            },
        }
    )


def test_the_twenty_pages_with_most_failures_are_listed(analyses: Analyses) -> None:
    failures = {f"page{n:02}": 3 + n // 2 for n in range(24)}
    analyses.add(
        "creator_processing_errors",
        [_error(page, n / 10, "x") for page, count in failures.items() for n in range(count)],
    )

    found = by(analyses.call("monitoring_repeat_failures_at", NOW), "page_name")

    # page04 and page05 have five each and the same instants, so that the name decides nothing here: both stay.
    assert {page: row["failures"] for page, row in found.items()} == dict(list(failures.items())[4:])


def _alert(level: str, source: str, hours_ago: float, text: str, **values: Any) -> Row:
    row = {"alert_level": level, "alert_source": source, "alert_message": text, "alert_time": NOW - hours(hours_ago)}
    return row | values


def test_alerts_of_a_day_are_counted_by_level_and_source(analyses: Analyses) -> None:
    analyses.add(
        "automation_alerts",
        [
            _alert("CRITICAL", "daily_automation", 0.5, "breaker"),
            _alert("CRITICAL", "daily_automation", 3, "older", acknowledged=True),
            _alert("CRITICAL", "lock_cleanup", 23.9, "locks", acknowledged=None),
            _alert("WARNING", "daily_automation", 2, "one", acknowledged=False),
            _alert("WARNING", "daily_automation", 2, "two", acknowledged=False),
            _alert("INFO", "daily_automation", 0, "done", acknowledged=True),
            _alert("WARNING", "lock_cleanup", 24, "too old"),
            _alert("WARNING", "lock_cleanup", -0.1, "to come"),
        ],
    )

    found = by(analyses.call("monitoring_alerts_24h_at", NOW), "alert_level", "alert_source")

    columns = ("rank", "alerts", "unacknowledged", "minutes_since", "latest_message")
    assert {key: tuple(row[name] for name in columns) for key, row in found.items()} == {
        ("CRITICAL", "daily_automation"): (1, 2, 1, 30.0, "breaker"),
        ("CRITICAL", "lock_cleanup"): (1, 1, 1, 1434.0, "locks"),
        ("WARNING", "daily_automation"): (2, 2, 2, 120.0, "two"),
        ("INFO", "daily_automation"): (3, 1, 0, 0.0, "done"),
    }


def _entry(page: str, status: str, hours_ago: float, days_ago: int = 0, **values: Any) -> Row:
    day = TODAY - timedelta(days=days_ago)
    return {"page_name": page, "execution_date": day, "status": status, "queued_at": NOW - hours(hours_ago), **values}


def test_the_queue_says_what_waits_how_long_and_whose_claim_has_run_out(analyses: Analyses) -> None:
    analyses.add(
        "schedule_generation_queue",
        [
            *(_entry(f"page{n}", "PENDING", 9 + n / 10) for n in range(7)),
            _entry("alice", "PENDING", 33, 1),
            _entry("alice", "PROCESSING", 9, lease_expires_at=NOW),
            _entry("bella", "PROCESSING", 9, lease_expires_at=NOW + TICK),
            _entry("carol", "PROCESSING", 8),
            _entry("alice", "COMPLETED", 57, 2, lease_expires_at=NOW - hours(50)),
            _entry("alice", "FAILED", 81, 3),
            _entry("alice", "FAILED", -0.1),
        ],
    )

    found = by(analyses.call("monitoring_queue_at", NOW), "status")

    columns = ("entries", "oldest", "newest", "oldest_age_hours", "expired_claims", "sample_pages")
    assert {key: tuple(row[name] for name in columns) for key, row in found.items()} == {
        "PENDING": (8, NOW - hours(33), NOW - hours(9), 33.0, 0, "alice, page6, page5, page4, page3"),
        "PROCESSING": (3, NOW - hours(9), NOW - hours(8), 9.0, 2, "alice, bella, carol"),
        "COMPLETED": (1, NOW - hours(57), NOW - hours(57), 57.0, 0, "alice"),
    }


def test_reports_on_what_happened_are_empty_where_nothing_did(analyses: Analyses) -> None:
    for name in ("duration_trend", "repeat_failures", "alerts_24h", "queue", "lock_saturation", "selection_per_page"):
        assert analyses.call(f"monitoring_{name}_at", NOW) == [], name


def _lock(page: str, caption: int, days: int, active: bool | None = True) -> Row:
    return {
        "page_name": page,
        "caption_id": caption,
        "caption_text": "x",
        "assigned_date": TODAY,
        "scheduled_send_date": TODAY + timedelta(days=days),
        "is_active": active,
    }


def _pool(page: str, days_ago: int, ppv: int | None, bump: int | None) -> list[Row]:
    day = TODAY - timedelta(days=days_ago)
    sizes = {"PPV": ppv, "BUMP": bump}
    return [
        {"check_date": day, "page_name": page, "scope": scope, "pool_after_restrictions": size}
        for scope, size in sizes.items()
    ]


def test_saturation_is_of_the_pool_that_was_found_last_and_unknown_without_one(analyses: Analyses) -> None:
    """80 % and 60 % are not above themselves; yesterday in Los Angeles is no day to send on."""
    captions = {"full": 81, "high": 80, "mid": 61, "low": 60}
    analyses.add(
        "active_caption_assignments",
        [_lock(page, n, n % 3) for page, count in captions.items() for n in range(count)]
        + [_lock(" LOW", 0, 6), _lock("low", 99, -1), _lock("low", 98, 1, False), _lock("low", 97, 1, None)]
        + [_lock("unseen", 1, 0), _lock("stale", 1, 0), _lock("empty", 1, 0)],
    )
    analyses.add(
        "pool_health",
        [
            *(row for page in captions for row in _pool(page, 1, 90, 10)),
            *_pool("low", 0, 95, 5),
            *_pool("low", 2, 1, 1),
            *_pool("stale", 7, 90, 10),
            *_pool("empty", 0, 0, 0),
            *_pool("idle", 6, 4, None),
        ],
    )

    found = by(analyses.call("monitoring_lock_saturation_at", NOW), "page_name")

    columns = ("state", "saturation_pct", "active_locks", "locked_captions", "pool_captions")
    assert {key: tuple(row[name] for name in columns) for key, row in found.items()} == {
        "full": ("CRITICAL", 81.0, 81, 81, 100),
        "high": ("WARNING", 80.0, 80, 80, 100),
        "mid": ("WARNING", 61.0, 61, 61, 100),
        "low": ("OK", 60.0, 61, 60, 100),
        "unseen": ("UNKNOWN", None, 1, 1, None),
        "stale": ("UNKNOWN", None, 1, 1, None),
        "empty": ("CRITICAL", None, 1, 1, 0),
        "idle": ("OK", 0.0, 0, 0, 4),
    }
    assert (found["low"]["pool_checked_on"], found["high"]["pool_checked_on"]) == (TODAY, TODAY - timedelta(days=1))
    dates = [(found[page]["first_send_date"], found[page]["last_send_date"]) for page in ("low", "idle")]
    assert dates == [(TODAY, TODAY + timedelta(days=6)), (None, None)]
    assert (found["low"]["span_days"], found["unseen"]["span_days"], found["idle"]["span_days"]) == (7, 1, None)


def _trace(page: str, workflow: str, hours_ago: float) -> Row:
    return {"page_name": page, "workflow_id": workflow, "filtered_at": NOW - hours(hours_ago)}


def test_selections_are_counted_once_by_the_traces_that_they_leave(analyses: Analyses) -> None:
    source = "caption_selection"
    analyses.add(
        "caption_filter_audit_log",
        [
            *(_trace("alice", "w1", 5) for _ in range(3)),
            _trace("alice", "w2", 4),
            _trace("bella", "w3", 1),
            _trace("bella", "old", 168),
            _trace("bella", "to come", -0.1),
        ],
    )
    analyses.add(
        "automation_alerts",
        [
            _alert("INFO", source, 4, "x", alert_kind="selection_shortfall:alice", job_id="w2"),
            _alert("INFO", source, 4, "x", alert_kind="selection_shortfall:alice", job_id="w2"),
            _alert("WARNING", source, 3, "x", alert_kind="pool_low:alice", job_id="w4"),
            _alert("WARNING", source, 2, "x", alert_kind="restriction_pattern_invalid:carol", job_id="w5"),
            _alert("WARNING", source, 168, "x", alert_kind="pool_low:bella", job_id="w6"),
            _alert("WARNING", "daily_automation", 1, "x", alert_kind="pool_low:bella", job_id="w7"),
        ],
    )
    analyses.add(
        "etl_job_runs",
        [
            job(source, NOW - hours(1), seconds=2.0),
            job(source, NOW - hours(2), "COMPLETED_WITH_ERRORS", 6.0),
            job(source, NOW - hours(3), "FAILED", 1.0),
            job(source, NOW - hours(4), "RUNNING", None),
            job(source, NOW - hours(168), "FAILED", 100.0),
            job("daily_automation", NOW, seconds=100.0),
        ],
    )

    found = by(analyses.call("monitoring_selection_per_page_at", NOW), "page_name")

    columns = ("selections", "succeeded", "failed", "short", "avg_seconds", "max_seconds", "last_selection")
    assert {page: tuple(row[name] for name in columns) for page, row in found.items()} == {
        "alice": (3, 2, 1, 1, None, None, NOW - hours(3)),
        "bella": (1, 1, 0, 0, None, None, NOW - hours(1)),
        "carol": (1, 1, 0, 0, None, None, NOW - hours(2)),
        "(all pages)": (3, 2, 1, None, 3.0, 6.0, NOW - hours(1)),
    }
