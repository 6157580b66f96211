"""The dispatcher over days, each tick a full call: around each change of the clock, and after an outage.

That every other tick of 400 days waits is `tests/sql/functions/test_run_decision.py`'s part.
"""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta

import pytest

from tests.sql.daily_runs import DATASET, run_row
from tests.sql.messages import LA, Row, la, la_noon
from tests.sql.warehouse import Warehouse

MONTHLY = ("monthly_maintenance", "restore_drill")
TICKS = f"""
FOR tick IN (SELECT instant FROM UNNEST(@ticks) AS instant ORDER BY instant) DO
  CALL `{DATASET}.dispatch_daily_automation_at`(tick.instant);
END FOR
"""


def play(warehouse: Warehouse, *local: str) -> None:
    """A full call at each of these times in Los Angeles, one after the other."""
    warehouse.rows(TICKS, ticks=[la(at) for at in local])


def runs(warehouse: Warehouse, job: str) -> list[Row]:
    return warehouse.rows(
        f"SELECT job_start_time, execution_date FROM {DATASET}.etl_job_runs WHERE job_name = '{job}'"
        " ORDER BY job_start_time"
    )


def months_are_done(warehouse: Warehouse, *days: date) -> None:
    months = {day.replace(day=1) for day in days}
    warehouse.insert(
        "etl_job_runs", [run_row("SUCCESS", la_noon(day), day, job_name=job) for day in months for job in MONTHLY]
    )


@pytest.mark.parametrize("change", [date(2025, 3, 9), date(2025, 11, 2)], ids=str)
def test_each_of_ten_dates_around_a_change_of_the_clock_has_one_run(warehouse: Warehouse, change: date) -> None:
    """An hour is missing on one and comes twice on the other; the ticks before and after the run change nothing."""
    # defect: T1
    days = [change + timedelta(days=number) for number in range(-5, 5)]
    months_are_done(warehouse, *days)
    for day in days:
        early = ["00:07", "02:52"] if day == change + timedelta(days=1) else []
        play(warehouse, *(f"{day} {at}" for at in (*early, "03:07", "03:22")))
    found = runs(warehouse, "daily_automation")
    assert Counter(row["execution_date"] for row in found) == Counter(days)
    for row in found:
        local = row["job_start_time"].astimezone(LA)
        assert (local.date(), f"{local:%H:%M}") == (row["execution_date"], "03:07")


def test_after_an_outage_of_six_hours_the_date_is_made_up_for_once_and_its_report_follows(warehouse: Warehouse) -> None:
    day = date(2025, 11, 4)
    months_are_done(warehouse, day)
    play(warehouse, f"{day} 02:52")
    assert runs(warehouse, "daily_automation") == []
    play(warehouse, f"{day} 09:07", f"{day} 09:22", f"{day} 09:37")
    for job in ("daily_automation", "daily_report"):
        (run,) = runs(warehouse, job)
        assert (run["job_start_time"], run["execution_date"]) == (la(f"{day} 09:07"), day)


def test_a_date_that_fails_twice_is_done_at_the_third_start_each_ten_minutes_after_the_failure(
    warehouse: Warehouse,
) -> None:
    day = date(2025, 11, 4)
    months_are_done(warehouse, day)
    with warehouse.without("creator_reports"):
        play(warehouse, f"{day} 03:07", f"{day} 03:22")
    play(warehouse, f"{day} 03:37", f"{day} 03:52")
    assert [row["job_start_time"] for row in runs(warehouse, "daily_automation")] == [
        la(f"{day} {at}") for at in ("03:07", "03:22", "03:37")
    ]
