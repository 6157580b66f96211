"""What the tests of the daily automation and of its dispatcher share: rows to put in, and what came out."""

from __future__ import annotations

import itertools
from datetime import date, datetime, timedelta
from typing import Any

from tests.sql.messages import Row, message, utc
from tests.sql.warehouse import Warehouse

# 12:00 in Los Angeles, two days after summer time has ended.
NOW = utc("2025-11-04 20:00")
TODAY = date(2025, 11, 4)
DATASET = "eros_scheduling_brain"
_run_ids = itertools.count(1)


def run_row(status: str, started: datetime = NOW, day: date = TODAY, **values: Any) -> Row:
    """A row of etl_job_runs; all but RUNNING rows ended a minute after they started."""
    row: Row = {
        "job_id": f"earlier_{next(_run_ids)}",
        "job_name": "daily_automation",
        "job_status": status,
        "job_start_time": started,
        "job_end_time": None if status == "RUNNING" else started + timedelta(minutes=1),
        "execution_date": day,
    }
    return row | values


def sent_by(*pages: str, now: datetime = NOW) -> list[Row]:
    """One message of each page, sent the day before."""
    return [message(page, now - timedelta(days=1)) for page in pages]


def run(warehouse: Warehouse, day: date | None = TODAY, now: datetime = NOW) -> None:
    warehouse.call("run_daily_automation_at", day, now)


def daily_rows(warehouse: Warehouse) -> list[Row]:
    """The runs of the daily automation, oldest first."""
    sql = f"SELECT * FROM {DATASET}.etl_job_runs WHERE job_name = 'daily_automation' ORDER BY job_start_time, job_id"
    return warehouse.rows(sql)


def statuses(warehouse: Warehouse) -> list[str]:
    return [row["job_status"] for row in daily_rows(warehouse)]


def queue(warehouse: Warehouse) -> dict[str, Row]:
    """Queue rows by page; fails when a page stands there twice."""
    rows = warehouse.rows(f"SELECT * FROM {DATASET}.schedule_generation_queue")
    found = {row["page_name"]: row for row in rows}
    assert len(found) == len(rows)
    return found


def reports(warehouse: Warehouse) -> dict[str, Row]:
    """Stored reports by page; fails when a page stands there twice."""
    rows = warehouse.rows(f"SELECT * FROM {DATASET}.creator_reports")
    found = {row["page_name"]: row for row in rows}
    assert len(found) == len(rows)
    return found


def errors(warehouse: Warehouse) -> list[tuple[str, str]]:
    """Page and message of each error, in order of the pages."""
    rows = warehouse.rows(f"SELECT * FROM {DATASET}.creator_processing_errors ORDER BY error_time, page_name")
    return [(row["page_name"], row["error_message"]) for row in rows]


def alerts(warehouse: Warehouse) -> dict[str, str]:
    """Level and text of the open alerts of the daily automation by kind; fails when a kind is open twice."""
    rows = warehouse.rows(
        f"SELECT * FROM {DATASET}.automation_alerts WHERE alert_source = 'daily_automation' AND NOT acknowledged"
    )
    found = {row["alert_kind"]: f"{row['alert_level']} {row['alert_message']}" for row in rows}
    assert len(found) == len(rows)
    return found
