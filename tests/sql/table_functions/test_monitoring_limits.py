"""The reports that judge: freshness, sweeps, scorecard and capacity, at the limits that the alert rules declare."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from tests.sql.analyses import DATASET, Analyses, by
from tests.sql.messages import Row, la, utc

# 12:00 in Los Angeles.
NOW = utc("2025-11-04 20:00")
TODAY = date(2025, 11, 4)
SECOND = timedelta(seconds=1)
Limit = Callable[[str, str], float]


@pytest.fixture
def limit(analyses: Analyses) -> Limit:
    """The threshold of the rule on a signal at a level."""
    rules = analyses.rows(f"SELECT signal, level, threshold FROM `{DATASET}.declared_alert_rules`")
    found = {(row["signal"], row["level"]): row["threshold"] for row in rules}
    return lambda signal, level: found[signal, level]


def statistic(page: str, caption: int, age: timedelta, **values: Any) -> Row:
    """Statistics of a caption, written so long ago."""
    row: Row = {
        "page_name": page,
        "caption_id": caption,
        "last_updated": NOW - age,
        "successes": 2,
        "failures": 3,
        "total_observations": 3,
    }
    return row | values


def test_a_page_is_stale_by_the_hours_of_the_rules_and_unknown_without_statistics(
    analyses: Analyses, limit: Limit
) -> None:
    warning, stale = (timedelta(hours=limit("feedback_hours_stale", level)) for level in ("WARNING", "CRITICAL"))
    analyses.add("active_creators", [{"page_name": " Alice"}, {"page_name": "new"}, {"page_name": "  "}])
    analyses.add(
        "caption_bandit_stats",
        [
            statistic("alice", 1, warning),
            statistic("alice", 2, stale * 3, successes=11, total_observations=12),
            statistic("alice", 3, -SECOND),
            statistic("bella", 1, warning + SECOND, last_used=NOW - timedelta(days=3)),
            statistic("carol", 1, stale, last_used=NOW - timedelta(days=3)),
            statistic("dora", 1, stale + SECOND, last_used=NOW - timedelta(days=3)),
            statistic("dora", 2, stale + SECOND, last_used=NOW - timedelta(days=36)),
        ],
    )

    found = by(analyses.call("monitoring_feedback_freshness_at", NOW), "page_name")
    listed = by(analyses.call("monitoring_stale_pages_at", NOW), "page_name")

    assert {page: row["state"] for page, row in found.items()} == {
        "alice": "OK",
        "bella": "WARNING",
        "carol": "WARNING",
        "dora": "STALE",
        "new": "UNKNOWN",
    }
    hours = stale.total_seconds() / 3600
    assert found["alice"] == {
        "page_name": "alice",
        "state": "OK",
        "newest_age_hours": warning.total_seconds() / 3600,
        "oldest_age_hours": 3 * hours,
        "captions": 2,
        "avg_observations": 7.5,
        "trials": 15,
    }
    assert found["new"] == {
        "page_name": "new",
        "state": "UNKNOWN",
        "newest_age_hours": None,
        "oldest_age_hours": None,
        "captions": 0,
        "avg_observations": None,
        "trials": 0,
    }
    assert set(listed) == {"dora", "new"}
    assert listed["dora"] == {
        "page_name": "dora",
        "hours_since_update": pytest.approx(hours + 1 / 3600),
        "last_update": NOW - stale - SECOND,
        "captions": 2,
        "last_used": NOW - timedelta(days=3),
        "days_since_use": 3.0,
        "observations": 6,
    }
    assert (listed["new"]["hours_since_update"], listed["new"]["captions"]) == (None, 0)


def test_freshness_of_nothing_has_no_rows_and_nothing_is_stale(analyses: Analyses) -> None:
    assert analyses.call("monitoring_feedback_freshness_at", NOW) == []
    assert analyses.call("monitoring_stale_pages_at", NOW) == []


def sweep(at: datetime, cleaned: int | None, seconds: float = 2.0) -> Row:
    return {
        "sweep_id": f"s{at:%d%H%M%S}",
        "sweep_time": at,
        "total_locks_cleaned": cleaned,
        "sweep_duration_seconds": seconds,
    }


def test_a_day_of_sweeps_is_judged_by_its_mean_and_one_without_is_told(analyses: Analyses, limit: Limit) -> None:
    high = int(limit("cleaned_locks_mean_6h", "WARNING"))
    analyses.add(
        "lock_sweep_log",
        [
            sweep(la("2025-11-04 11:41"), 0, 1.0),
            sweep(la("2025-11-04 00:00"), 100, 4.0),
            sweep(la("2025-11-03 23:59"), high),
            sweep(la("2025-11-02 12:41"), high),
            sweep(la("2025-11-02 13:41"), high + 1),
            sweep(la("2025-11-01 12:41"), 51),
            sweep(la("2025-10-31 12:41"), None),
            sweep(la("2025-10-28 23:59"), 9_999),
            sweep(NOW + SECOND, 9_999),
        ],
    )

    found = by(analyses.call("monitoring_sweep_efficiency_at", NOW), "day")

    columns = ("state", "sweeps", "locks_cleaned", "avg_cleaned", "max_cleaned", "avg_seconds")
    days = [TODAY - timedelta(days=n) for n in range(7)]
    assert {day: tuple(row[name] for name in columns) for day, row in found.items()} == {
        days[0]: ("NORMAL", 2, 100, 50.0, 100, 2.5),
        days[1]: ("MODERATE", 1, high, high, high, 2.0),
        days[2]: ("HIGH_VOLUME", 2, 2 * high + 1, high + 0.5, high + 1, 2.0),
        days[3]: ("MODERATE", 1, 51, 51.0, 51, 2.0),
        days[4]: ("NORMAL", 1, 0, None, None, 2.0),
        days[5]: ("NO_SWEEP", 0, 0, None, None, None),
        days[6]: ("NO_SWEEP", 0, 0, None, None, None),
    }


def run(name: str, age: timedelta, status: str = "SUCCESS", seconds: float = 60.0) -> Row:
    return {
        "job_id": f"{name}{age}{status}",
        "job_name": name,
        "job_start_time": NOW - age,
        "job_status": status,
        "job_duration_seconds": seconds,
    }


def alert(level: str, age: timedelta, acknowledged: bool | None) -> Row:
    return {
        "alert_level": level,
        "alert_source": "x",
        "alert_time": NOW - age,
        "acknowledged": acknowledged,
    }


def lock(number: int, days: int = 0, active: bool | None = True) -> Row:
    day = TODAY + timedelta(days=days)
    row: Row = {"page_name": "alice", "caption_id": number, "caption_text": "x", "assigned_date": TODAY}
    return row | {"scheduled_send_date": day, "is_active": active}


HOUR = timedelta(hours=1)


def states(analyses: Analyses, report: str, moment: datetime = NOW) -> dict[int, tuple[str, float | None]]:
    rows = by(analyses.call(f"monitoring_{report}_at", moment), "position")
    return {position: (row["state"], row["value"]) for position, row in rows.items()}


def test_what_never_ran_fails_the_scorecard(analyses: Analyses) -> None:
    # defect: O4
    assert states(analyses, "scorecard") == {
        1: ("FAIL", None),
        2: ("FAIL", None),
        3: ("FAIL", None),
        4: ("PASS", 0.0),
        5: ("PASS", 0.0),
        6: ("PASS", 0.0),
    }


def test_the_scorecard_passes_at_its_limits_and_fails_beyond(analyses: Analyses, limit: Limit) -> None:
    daily = limit("daily_hours_since_start", "CRITICAL")
    feedback = limit("feedback_hours_stale", "WARNING")
    swept = limit("sweep_hours_since", "WARNING")
    analyses.add(
        "etl_job_runs",
        [
            run("daily_automation", daily * HOUR, "FAILED") | {"job_start_time": NOW - daily * HOUR},
            run("update_caption_performance", 200 * HOUR, "FAILED"),
            run("update_caption_performance", 1 * HOUR, "RUNNING"),
        ],
    )
    analyses.add("caption_bandit_stats", [statistic("alice", 1, feedback * HOUR), statistic("bella", 1, HOUR)])
    analyses.add("lock_sweep_log", [sweep(NOW - swept * HOUR, 3)])
    analyses.add("active_caption_assignments", [lock(1), lock(2, 3), lock(3, -1), lock(4, 3, False), lock(5, 3, None)])
    analyses.add(
        "automation_alerts",
        [
            alert("CRITICAL", 24 * HOUR, False),
            alert("CRITICAL", HOUR, True),
            alert("WARNING", HOUR, False),
            alert("CRITICAL", -HOUR, False),
        ],
    )

    assert states(analyses, "scorecard") == {
        1: ("PASS", daily),
        2: ("PASS", feedback),
        3: ("PASS", swept),
        4: ("PASS", 2.0),
        5: ("PASS", 0.0),
        6: ("WARN", 1.0),
    }

    analyses.add("automation_alerts", [alert("CRITICAL", HOUR, None)])
    later = states(analyses, "scorecard", NOW + SECOND)
    assert {position: state for position, (state, _) in later.items()} == {
        **dict.fromkeys((1, 2, 3, 5), "FAIL"),
        4: "PASS",
        6: "WARN",
    }


def test_too_many_locks_fail_the_scorecard_and_fill_the_capacity(analyses: Analyses, limit: Limit) -> None:
    most = int(limit("active_locks", "CRITICAL"))
    dataset = f"`{DATASET}.active_caption_assignments`"

    def fill(first: int, last: int) -> tuple[str, str]:
        columns = "page_name, caption_id, caption_text, assigned_date, scheduled_send_date, is_active"
        values = "'alice', n, 'x', DATE '2025-11-04', DATE '2025-11-05', TRUE"
        numbers = f"UNNEST(GENERATE_ARRAY({first}, {last})) AS n"
        analyses.rows(f"INSERT INTO {dataset} ({columns}) SELECT {values} FROM {numbers}")
        return states(analyses, "scorecard")[4][0], states(analyses, "capacity")[3][0]

    assert [fill(1, 3000), fill(3001, 3001), fill(3002, most), fill(most + 1, most + 1)] == [
        ("PASS", "OK"),
        ("PASS", "WARNING"),
        ("PASS", "WARNING"),
        ("FAIL", "CRITICAL"),
    ]


def test_the_capacity_of_an_empty_platform_is_unknown(analyses: Analyses) -> None:
    assert states(analyses, "capacity") == {
        1: ("UNKNOWN", None),
        2: ("UNKNOWN", None),
        3: ("OK", 0.0),
        4: ("UNKNOWN", None),
    }


def test_capacity_is_measured_against_planned_and_highest_sizes(analyses: Analyses, limit: Limit) -> None:
    minutes = limit("daily_mean_seconds_24h", "WARNING") / 60
    analyses.add(
        "active_creators", [{"page_name": f"p{n}"} for n in range(101)] + [{"page_name": " P1"}, {"page_name": ""}]
    )
    analyses.add("caption_bank", [{"caption_id": n, "caption_text": "x"} for n in range(202)])
    analyses.add(
        "etl_job_runs",
        [
            run("daily_automation", HOUR, seconds=minutes * 60),
            run("daily_automation", 2 * HOUR, seconds=5.0),
            run("daily_automation", 3 * HOUR, "FAILED", 9_999.0),
            run("daily_automation", 7 * 24 * HOUR, seconds=9_999.0),
            run("update_caption_performance", HOUR, seconds=9_999.0),
        ],
    )

    rows = by(analyses.call("monitoring_capacity_at", NOW), "position")

    columns = ("state", "value", "planned", "most", "used_pct")
    assert {position: tuple(row[name] for name in columns) for position, row in rows.items()} == {
        1: ("WARNING", 101.0, 100.0, 500.0, 20.2),
        2: ("OK", 2.0, 10_000.0, 50_000.0, 0.004),
        3: ("OK", 0.0, 3_000.0, limit("active_locks", "CRITICAL"), 0.0),
        4: ("WARNING", minutes, 5.0, minutes, 100.0),
    }
