"""The week that the sample tells: its tables agree with each other and with what is declared."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from catalog import load_cached
from local.sample.others import BUSINESS_ZONE
from local.sample.past_week import SCHEDULED, Week

ROOT = Path(__file__).resolve().parents[3]
NOON = datetime(2025, 11, 5, 20, 0, tzinfo=UTC)
Rows = dict[str, list[dict[str, object]]]


@pytest.fixture(scope="module")
def told() -> Rows:
    return Week(NOON, load_cached(ROOT)).tables()


def instant(value: object) -> datetime:
    return datetime.fromisoformat(str(value))


def test_every_column_is_declared_and_the_same_day_gives_the_same_rows(told: Rows) -> None:
    catalog = load_cached(ROOT)
    assert told == Week(NOON, catalog).tables()
    for name in ("etl_job_runs", "lock_sweep_log", "health_checks", "cost_reports", "automation_alerts"):
        columns = {column.name for column in catalog.tables[name].columns}
        assert all(row.keys() <= columns for row in told[name])


def test_jobs_run_at_the_minutes_that_are_declared(told: Rows) -> None:
    schedules = load_cached(ROOT).schedules
    for name in sorted(SCHEDULED):
        runs = [row for row in told["etl_job_runs"] if row["job_name"] == name and row["job_status"] == "SUCCESS"]
        begun = [instant(row["job_start_time"]) for row in runs]
        assert begun
        assert all(schedules[name].next_after(at - timedelta(seconds=1)) == at for at in begun), name


def test_what_is_due_today_is_left_to_the_jobs_and_all_is_over_before_now(told: Rows) -> None:
    today = NOON.astimezone(BUSINESS_ZONE).date()
    daily = [row for row in told["etl_job_runs"] if row["job_name"] in ("daily_automation", "daily_report")]
    assert {date.fromisoformat(str(row["execution_date"])) for row in daily} == {
        today - timedelta(days=number) for number in range(1, 8)
    }
    assert max(instant(row["job_end_time"]) for row in told["etl_job_runs"]) < NOON
    assert max(date.fromisoformat(str(row["date"])) for row in told["cost_reports"]) < today


def test_what_failed_was_repeated_and_each_trouble_has_its_alert(told: Rows) -> None:
    runs = told["etl_job_runs"]
    newest = {str(row["job_name"]): row["job_status"] for row in runs}
    assert set(newest.values()) == {"SUCCESS"}
    failed = Counter(str(row["job_name"]) for row in runs if row["job_status"] == "FAILED")
    assert failed == {"daily_automation": 1, "update_caption_performance": 4}
    alerts = {str(row["alert_kind"]): row for row in told["automation_alerts"]}
    assert alerts.keys() == {"daily_automation_failure", "performance_update_warning"}
    assert alerts.keys() <= load_cached(ROOT).alerts.keys()
    assert all(instant(row["resolved_at"]) > instant(row["alert_time"]) for row in alerts.values())


def test_the_score_falls_while_the_statistics_are_late_and_at_no_other_time(told: Rows) -> None:
    renewed = [
        instant(row["job_start_time"])
        for row in told["etl_job_runs"]
        if row["job_name"] == "update_caption_performance" and row["job_status"] == "SUCCESS"
    ]
    fallen = 0
    for check in told["health_checks"]:
        at = instant(check["check_time"])
        before = [one for one in renewed if one <= at]
        late = bool(before) and at - max(before) > timedelta(hours=8)
        assert (check["health_score"], check["status"]) == ((95, "WARNING") if late else (100, "HEALTHY")), at
        fallen += late
    assert fallen


def test_the_costs_of_the_kinds_make_the_cost_of_the_day(told: Rows) -> None:
    kinds = ("select", "insert", "update", "delete", "merge", "create")
    assert len(told["cost_reports"]) == 7
    for day in told["cost_reports"]:
        parts = sum(float(str(day[f"{kind}_cost_usd"])) for kind in kinds)
        assert parts == pytest.approx(float(str(day["estimated_cost_usd"])))
