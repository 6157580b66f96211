"""The sweep closes what has expired in Los Angeles, says why, and counts it once."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from google.api_core.exceptions import GoogleAPICallError

from tests.sql.warehouse import Warehouse

NOW = datetime(2025, 11, 4, 20, tzinfo=UTC)
TODAY = date(2025, 11, 4)
Row = dict[str, Any]
LOCKS = "SELECT * FROM eros_scheduling_brain.active_caption_assignments ORDER BY caption_id"
LOG = "SELECT * FROM eros_scheduling_brain.lock_sweep_log ORDER BY sweep_time"
RUNS = "SELECT * FROM eros_scheduling_brain.etl_job_runs"
ALERTS = "SELECT * FROM eros_scheduling_brain.automation_alerts ORDER BY alert_kind, alert_level"


def lock(caption_id: int, send_date: date | None, **values: Any) -> Row:
    row: Row = {
        "page_name": "alice",
        "caption_id": caption_id,
        "caption_text": "text",
        "assigned_date": date(2025, 11, 1),
        "scheduled_send_date": send_date,
        "is_active": True,
        "assigned_at": NOW - timedelta(days=3),
    }
    return row | values


def days(count: int) -> date:
    return TODAY + timedelta(days=count)


def sweep(warehouse: Warehouse, now: datetime = NOW) -> None:
    warehouse.call("sweep_expired_caption_locks_at", now)


def reasons(warehouse: Warehouse) -> dict[int, str | None]:
    """Why each lock was closed; None while it is active. Checks that the three columns agree."""
    found: dict[int, str | None] = {}
    for row in warehouse.rows(LOCKS):
        assert row["is_active"] == (row["deactivation_reason"] is None) == (row["deactivated_at"] is None)
        found[row["caption_id"]] = row["deactivation_reason"]
    return found


def test_each_lock_is_closed_for_its_reason_or_left_alone(warehouse: Warehouse) -> None:
    week = timedelta(days=7)
    second = timedelta(seconds=1)
    cases: list[tuple[Row, str | None]] = [
        (lock(1, days(1)), None),
        (lock(2, days(0)), None),
        (lock(3, days(-1)), "PAST_SEND_DATE"),
        (lock(4, days(-7)), "PAST_SEND_DATE"),
        (lock(5, days(-8)), "STALE_7DAY"),
        (lock(6, days(-400)), "STALE_7DAY"),
        (lock(7, None, assigned_at=NOW - week - second), "STALE_7DAY"),
        (lock(8, None, assigned_at=NOW - week), None),
        (lock(9, None, assigned_at=None, assigned_date=days(-9)), "STALE_7DAY"),
        (lock(10, None, assigned_at=None, assigned_date=days(-6)), None),
        (lock(-9007199254740995, days(-1)), "PAST_SEND_DATE"),
    ]
    warehouse.insert("active_caption_assignments", [row for row, _ in cases])
    sweep(warehouse)
    assert reasons(warehouse) == {row["caption_id"]: reason for row, reason in cases}
    (logged,) = warehouse.rows(LOG)
    closed = (logged["locks_expired_stale"], logged["locks_expired_past_date"], logged["total_locks_cleaned"])
    assert closed == (4, 3, 7)
    assert logged["sweep_time"] == NOW
    assert logged["sweep_duration_seconds"] > 0
    (run,) = warehouse.rows(RUNS)
    assert run["job_id"] == logged["sweep_id"]
    assert run["job_id"].startswith("sweep_expired_caption_locks_20251104_")
    assert (run["job_name"], run["job_status"]) == ("sweep_expired_caption_locks", "SUCCESS")
    assert run["records_processed"] == 7


def test_closed_rows_keep_their_reason_and_their_instant(warehouse: Warehouse) -> None:
    before = {"is_active": False, "deactivated_at": NOW - timedelta(days=2), "deactivation_reason": "CANCELLED"}
    warehouse.insert("active_caption_assignments", [lock(1, days(-3), **before)])
    sweep(warehouse)
    (row,) = warehouse.rows(LOCKS)
    assert {name: row[name] for name in before} == before


def test_sweeping_again_changes_nothing_and_logs_zero(warehouse: Warehouse) -> None:
    warehouse.insert("active_caption_assignments", [lock(1, days(-1)), lock(2, days(-20)), lock(3, days(2))])
    sweep(warehouse)
    first = warehouse.rows(LOCKS)
    sweep(warehouse)
    assert warehouse.rows(LOCKS) == first
    assert sorted(row["total_locks_cleaned"] for row in warehouse.rows(LOG)) == [0, 2]


def test_without_a_lock_there_is_still_one_log_row(warehouse: Warehouse) -> None:
    sweep(warehouse)
    (row,) = warehouse.rows(LOG)
    assert (row["locks_expired_stale"], row["locks_expired_past_date"], row["total_locks_cleaned"]) == (0, 0, 0)
    assert warehouse.rows(ALERTS) == []


@pytest.mark.parametrize(
    ("now", "send_date", "expired"),
    [
        # Los Angeles midnight is 07:00 UTC in summer, 08:00 in winter; the clocks change on 9 March and 2 November.
        (datetime(2025, 3, 9, 7, 59, 59, tzinfo=UTC), date(2025, 3, 8), False),
        (datetime(2025, 3, 10, 7, tzinfo=UTC), date(2025, 3, 9), True),
        (datetime(2025, 11, 2, 7, tzinfo=UTC), date(2025, 11, 1), True),
        (datetime(2025, 11, 3, 7, 59, 59, tzinfo=UTC), date(2025, 11, 2), False),
        (datetime(2026, 1, 1, 8, tzinfo=UTC), date(2025, 12, 31), True),
        (datetime(2024, 3, 1, 7, 59, 59, tzinfo=UTC), date(2024, 2, 29), False),
    ],
)
def test_a_lock_expires_at_midnight_in_los_angeles(
    warehouse: Warehouse, now: datetime, send_date: date, expired: bool
) -> None:
    warehouse.insert("active_caption_assignments", [lock(1, send_date, assigned_at=now)])
    sweep(warehouse, now)
    assert reasons(warehouse) == {1: "PAST_SEND_DATE" if expired else None}


def alerts(warehouse: Warehouse) -> list[tuple[str, str, str, str]]:
    rows = warehouse.rows(ALERTS)
    assert all(row["alert_source"] == "lock_cleanup" and row["acknowledged"] is False for row in rows)
    return [(row["alert_level"], row["alert_kind"], row["alert_message"], row["job_id"][:28]) for row in rows]


def test_more_than_1000_closed_and_more_than_5000_active_locks_warn_once_until_acknowledged(
    warehouse: Warehouse,
) -> None:
    job = "sweep_expired_caption_locks_"
    cleaned = ("WARNING", "locks_cleaned_high", "locks_cleaned_high|cleaned=1001", job)
    active = ("WARNING", "active_locks_high", "active_locks_high|active=5001", job)
    warehouse.insert("active_caption_assignments", [lock(n, days(-1)) for n in range(1000)])
    warehouse.insert("active_caption_assignments", [lock(n, days(1)) for n in range(5000)])
    sweep(warehouse)
    assert alerts(warehouse) == []
    warehouse.insert("active_caption_assignments", [lock(n, days(-1)) for n in range(1001)])
    warehouse.insert("active_caption_assignments", [lock(5000, days(1))])
    sweep(warehouse)
    assert alerts(warehouse) == [active, cleaned]
    sweep(warehouse)
    assert alerts(warehouse) == [active, cleaned], "one open alert is enough"
    acknowledge = """
    UPDATE eros_scheduling_brain.automation_alerts SET acknowledged = TRUE WHERE alert_kind = 'active_locks_high'
    """
    warehouse.rows(acknowledge)
    sweep(warehouse)
    count = "SELECT COUNT(*) FROM eros_scheduling_brain.automation_alerts WHERE alert_kind = 'active_locks_high'"
    assert warehouse.value(count) == 2


def test_more_than_10000_active_locks_are_critical(warehouse: Warehouse) -> None:
    warehouse.insert("active_caption_assignments", [lock(n, days(n % 7)) for n in range(10_001)])
    sweep(warehouse)
    assert [(level, text) for level, _, text, _ in alerts(warehouse)] == [
        ("CRITICAL", "active_locks_high|active=10001")
    ]


def test_leases_are_left_alone(warehouse: Warehouse) -> None:
    lease = {"caption_id": 1, "account_id": "alice", "lock_id": "x", "locked_at": NOW - timedelta(days=200)}
    warehouse.insert("caption_locks", [lease | {"expires_at": NOW - timedelta(days=199)}])
    sweep(warehouse)
    assert warehouse.value("SELECT COUNT(*) FROM eros_scheduling_brain.caption_locks") == 1


def test_a_sweep_that_fails_is_closed_as_failed_and_the_error_reaches_the_caller(warehouse: Warehouse) -> None:
    """The locks that it closed before the error are counted in its row."""
    warehouse.insert("active_caption_assignments", [lock(1, days(-1)), lock(2, days(-9)), lock(3, days(1))])
    with warehouse.without("lock_sweep_log"), pytest.raises(GoogleAPICallError, match="lock_sweep_log"):
        sweep(warehouse)
    (run,) = warehouse.rows(RUNS)
    assert (run["job_status"], run["records_processed"]) == ("FAILED", 2)
    assert "lock_sweep_log" in run["error_message"]


def test_the_scheduled_form_sweeps_as_of_now(warehouse: Warehouse) -> None:
    start = datetime.now(UTC)
    warehouse.insert("active_caption_assignments", [lock(1, date(2025, 1, 1))])
    warehouse.call("sweep_expired_caption_locks")
    (row,) = warehouse.rows(LOCKS)
    assert row["deactivation_reason"] == "STALE_7DAY"
    assert row["deactivated_at"] >= start
