"""The dispatcher: starts what is due, counts failures, raises once and is quiet otherwise."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from google.api_core.exceptions import GoogleAPICallError

from tests.sql.daily_runs import DATASET, NOW, alerts, daily_rows, run_row, statuses
from tests.sql.messages import LA, Row, la, la_noon, utc
from tests.sql.reference_data import applications, declaring, flags
from tests.sql.warehouse import Warehouse

TICK = timedelta(minutes=15)
MONTHLY = ("monthly_maintenance", "restore_drill")
GIVEN_UP = r"EROS_DAILY_FAILED\|date=2025-11-04\|attempts=3"


@pytest.fixture(autouse=True)
def months_are_done(warehouse: Warehouse) -> None:
    """So that what is looked at here is the daily automation; its failures of these months too."""
    days = [date(2025, 3, 1), date(2025, 11, 1), datetime.now(LA).date().replace(day=1)]
    done = [run_row("SUCCESS", la_noon(day), day, job_name=job) for day in days for job in MONTHLY]
    warehouse.insert("etl_job_runs", done)


def tick(warehouse: Warehouse, now: datetime = NOW) -> None:
    warehouse.call("dispatch_daily_automation_at", now)


def failures(count: int) -> list[Row]:
    return [run_row("FAILED", NOW - timedelta(hours=hours)) for hours in range(1, count + 1)]


def test_a_failed_run_is_repeated_after_its_rest_and_given_up_once_after_the_third(warehouse: Warehouse) -> None:
    start = utc("2025-11-04 11:07")
    with warehouse.without("creator_reports"):
        tick(warehouse, start)
        tick(warehouse, start + timedelta(minutes=5))
        assert statuses(warehouse) == ["FAILED"], "it rests first"
        tick(warehouse, start + TICK)
        with pytest.raises(GoogleAPICallError, match=GIVEN_UP):
            tick(warehouse, start + 2 * TICK)
        tick(warehouse, start + 3 * TICK)
    assert statuses(warehouse) == ["FAILED"] * 3
    assert all("creator_reports" in row["error_message"] for row in daily_rows(warehouse))
    kind = "daily_failed:2025-11-04"
    assert alerts(warehouse) == {kind: f"CRITICAL {kind}|date=2025-11-04|attempts=3"}


def test_it_is_heard_once_even_when_its_alert_has_been_acknowledged(warehouse: Warehouse) -> None:
    # defect: R7
    warehouse.insert("etl_job_runs", failures(3))
    with pytest.raises(GoogleAPICallError, match=GIVEN_UP):
        tick(warehouse)
    warehouse.rows(f"UPDATE {DATASET}.automation_alerts SET acknowledged = TRUE WHERE TRUE")
    tick(warehouse, NOW + TICK)
    assert len(daily_rows(warehouse)) == 3


@pytest.mark.parametrize("reaped_by", ["dispatch_daily_automation_at", "reap_job_runs"])
def test_a_killed_run_counts_as_a_failure_whoever_finds_it(warehouse: Warehouse, reaped_by: str) -> None:
    # defect: R6
    warehouse.insert("etl_job_runs", [*failures(2), run_row("RUNNING", NOW - timedelta(hours=3))])
    if reaped_by == "reap_job_runs":
        warehouse.call("reap_job_runs", NOW - timedelta(minutes=1))
    with pytest.raises(GoogleAPICallError, match=GIVEN_UP):
        tick(warehouse)
    assert statuses(warehouse) == ["FAILED"] * 3


def test_a_killed_run_is_repeated_at_the_tick_after_it_was_found(warehouse: Warehouse) -> None:
    warehouse.insert("etl_job_runs", [run_row("RUNNING", NOW - timedelta(hours=3))])
    tick(warehouse)
    assert statuses(warehouse) == ["FAILED"]
    tick(warehouse, NOW + TICK)
    assert statuses(warehouse) == ["FAILED", "COMPLETED_NO_WORK"]


def test_a_run_that_cannot_even_be_recorded_is_heard_at_once(warehouse: Warehouse) -> None:
    # defect: O9
    with warehouse.without("daily_automation_mutex"), pytest.raises(GoogleAPICallError, match="daily_automation_mutex"):
        tick(warehouse)
    assert daily_rows(warehouse) == []


def test_reference_data_is_applied_when_other_content_is_deployed_and_not_again(warehouse: Warehouse) -> None:
    early = la("2025-11-04 01:07")
    tick(warehouse, early)
    tick(warehouse, early + TICK)
    with declaring(warehouse, "('other', TRUE)"):
        tick(warehouse, early + 2 * TICK)
        tick(warehouse, early + 3 * TICK)
    tick(warehouse, early + 4 * TICK)
    assert [run["job_start_time"] for run in applications(warehouse)] == [early + TICK * n for n in (0, 2, 4)]
    assert daily_rows(warehouse) == []


def test_reference_data_that_fails_is_heard_each_tick_until_it_is_repaired_and_stops_nothing(
    warehouse: Warehouse,
) -> None:
    with declaring(warehouse, "('unset', NULL)"):
        for number in range(2):
            with pytest.raises(GoogleAPICallError, match=r"EROS_REFERENCE_DATA\|.*is_enabled"):
                tick(warehouse, NOW + number * TICK)
    assert statuses(warehouse) == ["COMPLETED_NO_WORK"]
    tick(warehouse, NOW + 2 * TICK)
    assert applications(warehouse)[-1]["job_status"] == "SUCCESS"
    assert [flag for flag, *_ in flags(warehouse)] == ["auto_export", "caption_restrictions_enabled"]


def test_the_report_is_made_at_the_first_tick_after_eight_and_not_again(warehouse: Warehouse) -> None:
    for at in ("07:52", "08:07", "08:22"):
        tick(warehouse, la(f"2025-11-04 {at}"))
    rows = warehouse.rows(f"SELECT * FROM {DATASET}.automation_alerts WHERE alert_source = 'daily_report'")
    assert [row["alert_time"] for row in rows] == [la("2025-11-04 08:07")]


def test_a_report_that_fails_three_times_is_given_up_once_and_stops_nothing_else(warehouse: Warehouse) -> None:
    first = la("2025-11-04 08:07")
    with warehouse.without("pool_health"):
        tick(warehouse, first)
        tick(warehouse, first + TICK)
        with pytest.raises(GoogleAPICallError, match=r"EROS_DAILY_REPORT_FAILED\|date=2025-11-04\|attempts=3"):
            tick(warehouse, first + 2 * TICK)
        tick(warehouse, first + 3 * TICK)
    runs = warehouse.rows(f"SELECT job_status FROM {DATASET}.etl_job_runs WHERE job_name = 'daily_report'")
    assert [row["job_status"] for row in runs] == ["FAILED"] * 3
    assert statuses(warehouse) == ["COMPLETED_NO_WORK"], "the daily automation ran at the first tick"


def test_a_sweep_that_failed_is_repeated_quietly_until_it_ends_well(warehouse: Warehouse) -> None:
    failed = run_row("FAILED", NOW - timedelta(minutes=20), job_name="sweep_expired_caption_locks")
    warehouse.insert("etl_job_runs", [run_row("SUCCESS", NOW), failed])
    with warehouse.without("lock_sweep_log"):
        tick(warehouse)
    tick(warehouse, NOW + TICK)
    tick(warehouse, NOW + 2 * TICK)
    name = "sweep_expired_caption_locks"
    sql = f"SELECT job_status FROM {DATASET}.etl_job_runs WHERE job_name = '{name}' ORDER BY job_start_time"
    assert [row["job_status"] for row in warehouse.rows(sql)] == ["FAILED", "FAILED", "SUCCESS"]


def test_the_scheduled_form_dispatches_as_of_now(warehouse: Warehouse) -> None:
    """A run that hangs since years is closed at any time of day, also before the run is due."""
    before = datetime.now(UTC)
    warehouse.insert("etl_job_runs", [run_row("RUNNING", utc("2025-01-01 12:00"), date(2025, 1, 1), job_id="old")])
    warehouse.call("dispatch_daily_automation")
    (old, *_) = daily_rows(warehouse)
    assert (old["job_id"], old["job_status"]) == ("old", "FAILED")
    assert before <= old["job_end_time"] <= datetime.now(UTC)


def test_it_is_scheduled_four_times_an_hour_off_the_hour(warehouse: Warehouse) -> None:
    # defect: R3
    schedule = warehouse.catalog.schedules["daily_automation"]
    assert schedule.procedure == "dispatch_daily_automation"
    instant, minutes = utc("2025-11-04 11:00"), []
    for _ in range(5):
        instant = schedule.next_after(instant)
        minutes.append(instant.minute)
    assert minutes == [7, 22, 37, 52, 7]
