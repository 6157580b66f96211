"""Opening, closing and reaping job runs; raising alerts; the rows of the mutex."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from google.api_core.exceptions import GoogleAPICallError

from tests.sql.warehouse import Warehouse

NOW = datetime(2025, 11, 4, 20, tzinfo=UTC)
RUNS = "SELECT * FROM eros_scheduling_brain.etl_job_runs ORDER BY job_id"
ALERTS = "SELECT * FROM eros_scheduling_brain.automation_alerts ORDER BY alert_time"
Row = dict[str, Any]


def opened(warehouse: Warehouse, *job_ids: str) -> None:
    for job_id in job_ids:
        warehouse.call("job_run_open", job_id, "daily_automation", date(2025, 11, 4), NOW)


def close(warehouse: Warehouse, job_id: str, status: str = "SUCCESS", error: str | None = None) -> None:
    end = NOW + timedelta(seconds=90)
    warehouse.call("job_run_close", job_id, status, 38, 2, 500, 3, NOW - timedelta(hours=1), error, end)


def test_a_run_is_opened_as_running_and_closed_with_its_figures(warehouse: Warehouse) -> None:
    opened(warehouse, "a")
    (run,) = warehouse.rows(RUNS)
    known = {"job_id": "a", "job_name": "daily_automation", "job_start_time": NOW, "execution_date": date(2025, 11, 4)}
    assert {name: value for name, value in run.items() if value is not None} == known | {"job_status": "RUNNING"}
    close(warehouse, "a", "COMPLETED_WITH_ERRORS", "two pages failed")
    assert warehouse.rows(RUNS) == [
        known
        | {
            "job_status": "COMPLETED_WITH_ERRORS",
            "job_end_time": NOW + timedelta(seconds=90),
            "job_duration_seconds": 90,
            "creators_processed": 38,
            "creators_failed": 2,
            "records_processed": 500,
            "records_failed": 3,
            "latest_data_timestamp": NOW - timedelta(hours=1),
            "error_message": "two pages failed",
        }
    ]


def test_closing_one_run_leaves_the_others_open(warehouse: Warehouse) -> None:
    opened(warehouse, "a", "b", "c")
    close(warehouse, "b")
    assert [row["job_status"] for row in warehouse.rows(RUNS)] == ["RUNNING", "SUCCESS", "RUNNING"]


def test_the_reaper_closes_runs_of_any_job_after_more_than_two_hours(warehouse: Warehouse) -> None:
    second = timedelta(seconds=1)
    ages = {
        "fresh": ("RUNNING", timedelta(0)),
        "just two hours": ("RUNNING", timedelta(hours=2)),
        "older": ("RUNNING", timedelta(hours=2) + second),
        "ancient": ("RUNNING", timedelta(days=80)),
        "done": ("SUCCESS", timedelta(days=1)),
    }
    rows = [
        {"job_id": name, "job_name": f"job of {name}", "job_status": status, "job_start_time": NOW - age}
        for name, (status, age) in ages.items()
    ]
    warehouse.insert("etl_job_runs", rows)
    warehouse.call("reap_job_runs", NOW)
    found = {row["job_id"]: row for row in warehouse.rows(RUNS)}
    assert {name: row["job_status"] for name, row in found.items()} == {
        "fresh": "RUNNING",
        "just two hours": "RUNNING",
        "older": "FAILED",
        "ancient": "FAILED",
        "done": "SUCCESS",
    }
    assert found["older"]["error_message"] == "reaped: RUNNING for more than 2 h"
    assert found["older"]["job_end_time"] == NOW
    assert found["done"]["error_message"] is None


def test_a_reaped_run_stays_failed_when_it_ends_after_all(warehouse: Warehouse) -> None:
    opened(warehouse, "slow")
    warehouse.call("reap_job_runs", NOW + timedelta(hours=3))
    close(warehouse, "slow")
    (run,) = warehouse.rows(RUNS)
    assert run["job_status"] == "FAILED"


def raise_alert(warehouse: Warehouse, level: str, source: str, kind: str, minute: int = 0) -> None:
    when = NOW + timedelta(minutes=minute)
    warehouse.call("raise_automation_alert", level, source, kind, "count=7", "job", when)


def test_one_open_alert_for_each_level_source_and_kind(warehouse: Warehouse) -> None:
    for minute in range(2):
        for level in ("WARNING", "CRITICAL"):
            for source in ("lock_cleanup", "daily_automation"):
                raise_alert(warehouse, level, source, "one", minute)
    raise_alert(warehouse, "WARNING", "lock_cleanup", "two")
    rows = warehouse.rows(ALERTS)
    keys = [(row["alert_level"], row["alert_source"], row["alert_kind"]) for row in rows]
    assert len(keys) == len(set(keys)) == 5
    assert {row["alert_time"] for row in rows} == {NOW}
    assert {row["acknowledged"] for row in rows} == {False}
    assert len({row["alert_id"] for row in rows}) == 5


def test_an_acknowledged_alert_makes_way_for_the_next(warehouse: Warehouse) -> None:
    raise_alert(warehouse, "WARNING", "lock_cleanup", "one")
    warehouse.rows("UPDATE eros_scheduling_brain.automation_alerts SET acknowledged = TRUE WHERE alert_kind = 'one'")
    raise_alert(warehouse, "WARNING", "lock_cleanup", "one", minute=5)
    assert [row["acknowledged"] for row in warehouse.rows(ALERTS)] == [True, False]


def test_information_is_recorded_each_time_and_asks_for_nothing(warehouse: Warehouse) -> None:
    for minute in range(2):
        raise_alert(warehouse, "INFO", "selection", "selection_shortfall:alice", minute)
    rows = warehouse.rows(ALERTS)
    assert [row["alert_message"] for row in rows] == ["selection_shortfall:alice|count=7"] * 2
    assert [(row["acknowledged"], row["acknowledged_by"]) for row in rows] == [(True, "system")] * 2
    assert [row["acknowledged_at"] for row in rows] == [row["alert_time"] for row in rows]


def test_of_many_alerts_at_once_those_are_raised_that_would_be_raised_one_by_one(warehouse: Warehouse) -> None:
    """One is open, one is there twice, information counts each time; the first of two of a kind is raised."""
    raise_alert(warehouse, "WARNING", "selection", "open")
    asked = [
        ("WARNING", "open", "n=1"), ("CRITICAL", "open", "n=2"), ("WARNING", "twice", "n=3"),
        ("WARNING", "twice", "n=4"), ("INFO", "note", "n=5"), ("INFO", "note", "n=6"),
    ]  # fmt: skip
    alerts = [{"alert_level": level, "alert_kind": kind, "details": details} for level, kind, details in asked]
    warehouse.call("raise_automation_alerts", "selection", alerts, "job", NOW + timedelta(minutes=1))
    warehouse.call("raise_automation_alerts", "selection", [], "job", NOW + timedelta(minutes=1))
    found = sorted(row["alert_message"] for row in warehouse.rows(ALERTS) if row["alert_time"] > NOW)
    assert found == ["note|n=5", "note|n=6", "open|n=2", "twice|n=3"]


@pytest.mark.parametrize(
    "text",
    ["'); DELETE FROM etl_job_runs; --", "`x`", '"', "\\", "💦"],
    ids=["statement", "name", "quote", "escape", "letter"],
)
def test_text_arguments_are_text_and_never_sql(warehouse: Warehouse, text: str) -> None:
    opened(warehouse, text, "other")
    close(warehouse, text, error=text)
    rows = {row["job_id"]: row for row in warehouse.rows(RUNS)}
    assert rows[text]["error_message"] == text
    assert rows["other"]["job_status"] == "RUNNING"


MUTEXES = {
    "caption_locks": "platform_mutex",
    "update_caption_performance": "feedback_mutex",
    "daily_automation": "daily_automation_mutex",
}


def test_each_lock_has_a_table_of_its_own_in_which_its_row_is_made_once(warehouse: Warehouse) -> None:
    for minute in range(2):
        for name in MUTEXES:
            warehouse.call("seed_mutex", name, NOW + timedelta(minutes=minute))
    for name, table in MUTEXES.items():
        row = {"name": name, "updated_at": NOW, "holder": None}
        assert warehouse.rows(f"SELECT * FROM eros_scheduling_brain.{table}") == [row]


@pytest.mark.parametrize("name", ["captions", "", None])
def test_a_lock_that_is_none_is_refused(warehouse: Warehouse, name: str | None) -> None:
    with pytest.raises(GoogleAPICallError, match=rf"EROS_INVALID\|no such lock\|lock={name or ''}"):
        warehouse.call("seed_mutex", name, NOW)
