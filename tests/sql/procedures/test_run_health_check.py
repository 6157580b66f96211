"""The health check: one row a run, one formula, parts that fail are unknown and parts that are dear are carried on."""

from __future__ import annotations

from datetime import timedelta

import pytest
from google.api_core.exceptions import GoogleAPICallError

from catalog.alert_signals import SIGNALS
from catalog.told_figures import FIGURES
from tests.sql.alerting import NOW, ago, run
from tests.sql.messages import Row
from tests.sql.warehouse import DATASET, Warehouse

CHECKS = {
    *("error_rate", "slow_queries", "daily_cost", "caption_pool_low", "expired_locks", "recent_assignments"),
    *("daily_automation_not_run", "performance_feedback_stale", "performance_update_warning"),
}


def check(warehouse: Warehouse, minutes: float = 0) -> Row:
    """One run of the health check some minutes after NOW; its row."""
    now = NOW + timedelta(minutes=minutes)
    warehouse.call("run_health_check_at", now)
    (row,) = warehouse.rows(f"SELECT * FROM `{DATASET}.health_checks` AS h WHERE h.check_time = @now", now=now)
    return row


def states(row: Row) -> dict[str, str]:
    """The state of each rule, that of its worst signal."""
    order = ("OK", "WAITING", "WARNING", "CRITICAL", "UNKNOWN")
    ranked = sorted(row["checks"], key=lambda each: order.index(each["state"]))
    return {each["rule"]: each["state"] for each in ranked}


def well(warehouse: Warehouse, captions: int = 600, feedback_hours: float = 2) -> None:
    bank = [{"caption_id": n, "caption_text": "x"} for n in range(captions)]
    warehouse.insert("caption_bank", bank)
    feedback = run("update_caption_performance", ago(hours=feedback_hours))
    warehouse.insert("etl_job_runs", [run("daily_automation", ago(hours=9)), feedback])


def expired(count: int) -> list[Row]:
    row = {"page_name": "alice", "caption_text": "x", "assigned_date": ago(days=5).date(), "is_active": True}
    sent = {"scheduled_send_date": ago(days=2).date(), "assigned_at": ago(hours=5)}
    return [row | sent | {"caption_id": n} for n in range(count)]


def test_a_platform_that_is_well_has_a_hundred_points(warehouse: Warehouse) -> None:
    well(warehouse)
    row = check(warehouse)
    assert (row["health_score"], row["status"]) == (100, "HEALTHY")
    assert states(row) == dict.fromkeys(CHECKS, "OK") | {"recent_assignments": "WAITING"}


@pytest.mark.parametrize(
    ("captions", "feedback", "locks", "points", "status", "bad"),
    [
        (499, 2, 0, 95, "WARNING", {"caption_pool_low": "WARNING"}),
        (199, 2, 0, 80, "CRITICAL", {"caption_pool_low": "CRITICAL"}),
        (600, 9, 0, 95, "WARNING", {"performance_update_warning": "WARNING"}),
        (600, 13, 0, 80, "CRITICAL", {"performance_feedback_stale": "CRITICAL"}),
        (600, 2, 1, 95, "WARNING", {"expired_locks": "WARNING"}),
        (0, 13, 101, 40, "CRITICAL", {
            "caption_pool_low": "CRITICAL", "performance_feedback_stale": "CRITICAL", "expired_locks": "CRITICAL",
        }),
    ],
)  # fmt: skip
def test_a_warning_costs_five_points_and_a_critical_check_twenty(
    warehouse: Warehouse, captions: int, feedback: float, locks: int, points: int, status: str, bad: dict[str, str]
) -> None:
    well(warehouse, captions, feedback)
    warehouse.insert("active_caption_assignments", expired(locks))
    row = check(warehouse)
    assert {rule: state for rule, state in states(row).items() if state not in ("OK", "WAITING")} == bad
    assert (row["health_score"], row["status"]) == (points, status)


def test_the_score_never_falls_below_nothing(warehouse: Warehouse) -> None:
    warehouse.insert("active_caption_assignments", [row | {"assigned_at": ago(days=3)} for row in expired(200)])
    with warehouse.without("caption_bank"):
        row = check(warehouse)
    found = [each["state"] for each in row["checks"]]
    assert found.count("CRITICAL") + found.count("UNKNOWN") >= 5
    assert row["health_score"] == 0


def test_what_cannot_be_measured_is_unknown_and_counts_as_critical(warehouse: Warehouse) -> None:
    """One lost table takes its own part with it, and no other."""
    well(warehouse)
    with warehouse.without("caption_bank"):
        row = check(warehouse)
    unknown = {rule for rule, state in states(row).items() if state == "UNKNOWN"}
    assert unknown == {"caption_pool_low", "performance_feedback_stale"}
    assert row["health_score"] == 60
    assert row["active_locks"] == 0


def test_a_check_says_its_value_thresholds_and_state(warehouse: Warehouse) -> None:
    well(warehouse, captions=300)
    (pool,) = (each for each in check(warehouse)["checks"] if each["rule"] == "caption_pool_low")
    assert pool == {
        "rule": "caption_pool_low",
        "title": "The bank is running out of captions",
        "value": 300,
        "unit": "captions",
        "comparison": "BELOW",
        "warning_threshold": 500,
        "critical_threshold": 200,
        "state": "WARNING",
    }


def test_columns_hold_the_counts_of_locks(warehouse: Warehouse) -> None:
    well(warehouse)
    row = {"page_name": "alice", "caption_text": "x", "assigned_date": NOW.date(), "is_active": True}
    coming = row | {"caption_id": 900, "scheduled_send_date": NOW.date(), "assigned_at": ago(minutes=4)}
    warehouse.insert("active_caption_assignments", [*expired(3), coming])
    found = check(warehouse)
    names = ("active_locks", "expired_locks", "recent_assignments", "unique_captions_assigned")
    assert [found[name] for name in names] == [1, 3, 1, 1]


def measured(row: Row, signal: str) -> set[tuple[float | None, object]]:
    return {(each["value"], each["measured_at"]) for each in row["signals"] if each["signal"] == signal}


def test_what_changes_by_the_day_is_measured_once_a_day(warehouse: Warehouse) -> None:
    well(warehouse, captions=10)
    check(warehouse)
    warehouse.insert("caption_bank", [{"caption_id": 99, "caption_text": "x"}])
    rows = {minutes: check(warehouse, minutes) for minutes in (60, 120)}
    assert measured(rows[120], "available_captions") == {(10, NOW)}
    assert measured(rows[120], "active_locks") == {(0, NOW + timedelta(minutes=120))}


def test_a_day_later_weeks_of_messages_are_measured_anew(warehouse: Warehouse) -> None:
    well(warehouse, captions=10)
    day_old = {"signal": "bank_captions", "subject": "", "value": 7.0, "is_waiting": False, "cadence": "DAY"}
    stored = [day_old | {"measured_at": ago(hours=24).isoformat()}]
    warehouse.insert("health_checks", [{"check_time": ago(minutes=15), "signals": stored}])
    assert measured(check(warehouse), "bank_captions") == {(10, NOW)}


def test_every_signal_is_in_the_row_but_those_that_the_evaluator_measures(warehouse: Warehouse) -> None:
    well(warehouse)
    stored = {each["signal"] for each in check(warehouse)["signals"]}
    jobs = {row["signal"] for row in warehouse.rows(f"SELECT * FROM `{DATASET}.job_signals_at`(@now)", now=NOW)}
    assert stored >= SIGNALS.keys() - jobs - {"health_score", "raised_alerts"}


def test_a_check_that_cannot_write_fails(warehouse: Warehouse) -> None:
    with warehouse.without("health_checks"), pytest.raises(GoogleAPICallError, match="health_checks"):
        warehouse.call("run_health_check_at", NOW)


def test_without_an_instant_it_refuses(warehouse: Warehouse) -> None:
    with pytest.raises(GoogleAPICallError, match="EROS_INVALID"):
        warehouse.call("run_health_check_at", None)


def test_figures_are_told_as_the_text_of_a_statement_that_reads_nothing(warehouse: Warehouse) -> None:
    well(warehouse, captions=499)
    warehouse.insert("active_caption_assignments", expired(3))
    row = check(warehouse)
    (told,) = warehouse.rows(
        "SELECT j.query, j.total_bytes_billed AS billed FROM `region-us`.INFORMATION_SCHEMA.JOBS AS j "
        'WHERE STARTS_WITH(j.query, "SELECT \'EROS_FIGURES|") ORDER BY j.creation_time DESC LIMIT 1'
    )
    _, stack, *pairs, tail = told["query"].split("|")
    assert (stack, tail, told["billed"]) == ("stack=local", "' AS figures", 0)
    figures = {name: float(value) for name, value in (pair.split("=") for pair in pairs)}
    assert figures.keys() >= {*FIGURES}
    assert figures["health_score"] == row["health_score"] < 100
    assert figures["available_captions"] == 499
    assert figures["expired_locks"] == 3
    assert figures["feedback_hours_stale"] == 2
