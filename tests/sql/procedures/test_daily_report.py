"""The daily report: one line of text a date, whose figures are right, and that nothing unknown passes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.sql.captions import usage
from tests.sql.daily_runs import DATASET, NOW, TODAY, run_row
from tests.sql.messages import Row
from tests.sql.warehouse import Warehouse

YESTERDAY = TODAY - timedelta(days=1)


def scorecard(warehouse: Warehouse) -> dict[str, tuple[Any, str, str]]:
    rows = warehouse.rows(f"SELECT * FROM `{DATASET}.scorecard_at`(@now) ORDER BY number", now=NOW)
    return {row["item"]: (row["value"], row["state"], row["shown"]) for row in rows}


def reports(warehouse: Warehouse) -> list[Row]:
    return warehouse.rows(f"SELECT * FROM {DATASET}.automation_alerts ORDER BY alert_time")


def ran(job: str, status: str = "SUCCESS", **ago: float) -> Row:
    return run_row(status, NOW - timedelta(**ago), job_name=job)


def cost(dollars: float, day: Any) -> Row:
    return {"report_time": NOW, "date": day, "estimated_cost_usd": dollars}


def pool(page: str, status: str, day: Any = TODAY) -> Row:
    return {"check_date": day, "page_name": page, "scope": "PPV", "status": status}


def test_on_an_empty_platform_everything_that_never_happened_has_failed(warehouse: Warehouse) -> None:
    # defect: O4
    assert scorecard(warehouse) == {
        "daily_automation": (None, "FAIL", "never"),
        "caption_performance": (None, "FAIL", "never"),
        "lock_cleanup": (None, "FAIL", "never"),
        "backup": (None, "FAIL", "never"),
        "active_locks": (0, "PASS", "0"),
        "open_critical_alerts_24h": (0, "PASS", "0"),
        "failed_runs_7d": (0, "PASS", "0"),
        "critical_pools": (None, "FAIL", "unknown"),
        "cost_yesterday": (None, "FAIL", "unknown"),
        "cost_today": (None, "FAIL", "unknown"),
    }


def test_the_figures_are_those_of_the_last_runs_that_ended_well(warehouse: Warehouse) -> None:
    rows = [
        ran("daily_automation", "COMPLETED_WITH_ERRORS", hours=28),
        ran("daily_automation", "FAILED", hours=1),
        ran("update_caption_performance", hours=8.5),
        ran("sweep_expired_caption_locks", minutes=90),
        ran("sweep_expired_caption_locks", minutes=-30),
        ran("backup_export", "COMPLETED_NO_WORK", hours=3),
        ran("backup_export", "FAILED", days=8),
    ]
    warehouse.insert("etl_job_runs", rows)
    warehouse.insert(
        "active_caption_assignments", [usage(1, TODAY), usage(2, YESTERDAY), usage(3, TODAY, is_active=False)]
    )
    alerts = [("CRITICAL", 1, False), ("CRITICAL", 1, True), ("CRITICAL", 25, False), ("WARNING", 1, False)]
    warehouse.insert(
        "automation_alerts",
        [
            {
                "alert_time": NOW - timedelta(hours=hours),
                "alert_level": level,
                "alert_source": "x",
                "acknowledged": is_seen,
            }
            for level, hours, is_seen in alerts
        ],
    )
    warehouse.insert("pool_health", [pool("a", "CRITICAL"), pool("b", "WARNING"), pool("a", "CRITICAL", YESTERDAY)])
    warehouse.insert(
        "cost_reports", [cost(0.126, TODAY), cost(5.01, YESTERDAY), cost(99, YESTERDAY - timedelta(days=1))]
    )
    assert scorecard(warehouse) == {
        "daily_automation": (28, "PASS", "28.0 h ago"),
        "caption_performance": (8.5, "FAIL", "8.5 h ago"),
        "lock_cleanup": (1.5, "PASS", "1.5 h ago"),
        "backup": (3, "PASS", "3.0 h ago"),
        "active_locks": (1, "PASS", "1"),
        "open_critical_alerts_24h": (1, "FAIL", "1"),
        "failed_runs_7d": (1, "WARN", "1"),
        "critical_pools": (1, "FAIL", "1"),
        "cost_yesterday": (5.01, "WARN", "$5.01"),
        "cost_today": (0.126, "PASS", "$0.13"),
    }


def test_the_report_is_one_info_row_of_scorecard_and_cost_and_one_a_date(warehouse: Warehouse) -> None:
    warehouse.insert("cost_reports", [cost(0.5, TODAY), cost(1.25, YESTERDAY)])
    for hours in (0, 1, 24):
        warehouse.call("daily_report_at", NOW + timedelta(hours=hours))
    first, second = reports(warehouse)
    assert (first["alert_level"], first["alert_source"], first["alert_kind"]) == (
        "INFO",
        "daily_report",
        "daily_report",
    )
    assert first["alert_message"].startswith(
        "daily_report|stack=local|date=2025-11-04|passed=5 of 10|daily_automation=FAIL"
    )
    assert "|cost_yesterday=PASS ($1.25)|cost_today=PASS ($0.50)" in first["alert_message"]
    assert second["alert_time"] == NOW + timedelta(days=1)
    runs = warehouse.rows(f"SELECT * FROM {DATASET}.etl_job_runs WHERE job_name = 'daily_report'")
    assert [(row["job_status"], row["records_processed"]) for row in runs] == [("SUCCESS", 1)] * 2


def test_a_report_that_fails_is_a_failed_run_and_may_be_repeated(warehouse: Warehouse) -> None:
    with warehouse.without("cost_reports"), pytest.raises(Exception, match="cost_reports"):
        warehouse.call("daily_report_at", NOW)
    warehouse.call("daily_report_at", NOW + timedelta(minutes=11))
    runs = warehouse.rows(f"SELECT * FROM {DATASET}.etl_job_runs ORDER BY job_start_time")
    assert [row["job_status"] for row in runs] == ["FAILED", "SUCCESS"]
