"""The maintenance of a month: what will expire is archived, what is over is archived and deleted, nothing twice."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import fastavro
import pytest

from tests.sql.captions import usage
from tests.sql.daily_runs import run_row
from tests.sql.messages import LA, Row
from tests.sql.procedures.test_backup_export import files_of, manifest
from tests.sql.warehouse import DATASET, PLACE, Warehouse

DAY = timedelta(days=1)
# Exports read the tables as they are now: every date here is counted from the present month.
MONTH = datetime.now(LA).date().replace(day=1)
NEXT = (MONTH + 32 * DAY).replace(day=1)
LAST = (MONTH - DAY).replace(day=1)
# What expires before the next run, and a week more for one that is late.
COVERED = NEXT + 7 * DAY - 90 * DAY
OVER = MONTH - 90 * DAY


def midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def maintain(warehouse: Warehouse) -> str:
    """The folder of the archive that was just made."""
    warehouse.deploy("monthly_maintenance_at")
    now = datetime.now(UTC)
    warehouse.call("monthly_maintenance_at", now)
    return now.strftime("%Y-%m-%d_%H%M%S")


def archived(warehouse: Warehouse, folder: str, table: str) -> list[Any]:
    rows: list[Any] = []
    for path in files_of(warehouse.objects(PLACE.archive_bucket), folder, table):
        with path.open("rb") as file:
            rows += list(fastavro.reader(file))
    listed = manifest(warehouse, PLACE.archive_bucket, folder)
    assert int(listed[table]["row_count"]) == len(rows)
    return rows


def left(warehouse: Warehouse, table: str, column: str) -> list[Any]:
    return sorted(row[column] for row in warehouse.rows(f"SELECT {column} FROM {DATASET}.{table}"))


def report(day: date, page: str = "alice") -> Row:
    return {"report_date": day, "page_name": page, "performance_report": "{}", "created_at": midnight(day)}


def test_what_expires_before_the_next_run_is_archived_and_stays(warehouse: Warehouse) -> None:
    warehouse.insert("creator_reports", [report(COVERED - DAY, "old"), report(COVERED, "young")])
    folder = maintain(warehouse)
    assert [row["page_name"] for row in archived(warehouse, folder, "creator_reports")] == ["old"]
    assert left(warehouse, "creator_reports", "page_name") == ["old", "young"], "its partition expires by itself"
    line = manifest(warehouse, PLACE.archive_bucket, folder)["creator_reports"]
    assert (line["archived_from"], line["archived_before"]) == ("", str(COVERED))


def test_what_an_earlier_month_archived_is_not_archived_again_and_a_missed_month_is_made_up_for(
    warehouse: Warehouse,
) -> None:
    covered_then = MONTH + 7 * DAY - 90 * DAY
    reports = [report(covered_then - DAY, "then"), report(covered_then, "now")]
    warehouse.insert("creator_reports", reports)
    before = run_row("SUCCESS", midnight(LAST), LAST, job_name="monthly_maintenance")
    warehouse.insert("etl_job_runs", [before])
    assert [row["page_name"] for row in archived(warehouse, maintain(warehouse), "creator_reports")] == ["now"]
    warehouse.rows(f"DELETE FROM {DATASET}.etl_job_runs WHERE TRUE")
    failed = run_row("FAILED", midnight(LAST), LAST, job_name="monthly_maintenance")
    warehouse.insert("etl_job_runs", [failed])
    both = archived(warehouse, maintain(warehouse), "creator_reports")
    assert {row["page_name"] for row in both} == {"then", "now"}


def test_locks_that_are_over_for_ninety_days_leave_after_they_were_archived(warehouse: Warehouse) -> None:
    long_ago = midnight(OVER - 2 * DAY)
    closed: Row = {"is_active": False, "deactivated_at": long_ago}
    rows = [
        usage(1, OVER - 2 * DAY, **closed),
        usage(2, OVER, **closed),
        usage(3, OVER - 2 * DAY, is_active=False, deactivated_at=midnight(OVER + DAY)),
        usage(4, OVER - 2 * DAY, is_active=True),
        usage(5, None, **closed),
        usage(6, None, is_active=True, assigned_date=OVER - 9 * DAY),
    ]
    warehouse.insert("active_caption_assignments", rows)
    folder = maintain(warehouse)
    found = archived(warehouse, folder, "active_caption_assignments")
    assert sorted(row["caption_id"] for row in found) == [1, 5]
    assert left(warehouse, "active_caption_assignments", "caption_id") == [2, 3, 4, 6]


def test_old_leases_leave_too_and_counts_are_logged(warehouse: Warehouse) -> None:
    def lease(name: str, day: date, ends: date) -> Row:
        row = {"caption_id": 1, "account_id": "a", "lock_id": name}
        return row | {"locked_at": midnight(day), "expires_at": midnight(ends)}

    old, lasting = lease("old", OVER - 2 * DAY, OVER - DAY), lease("lasting", OVER - 2 * DAY, OVER)
    warehouse.insert("caption_locks", [old, lasting])
    warehouse.insert("creator_reports", [report(COVERED - DAY)])
    folder = maintain(warehouse)
    assert left(warehouse, "caption_locks", "lock_id") == ["lasting"]
    (run,) = warehouse.rows(f"SELECT * FROM {DATASET}.etl_job_runs WHERE job_name = 'monthly_maintenance'")
    assert (run["job_status"], run["execution_date"], run["records_processed"]) == ("SUCCESS", MONTH, 2)
    (row,) = warehouse.rows(f"SELECT * FROM {DATASET}.automation_alerts")
    assert row["alert_level"] == "INFO"
    assert row["alert_message"] == (
        f"rows_archived|month={MONTH:%Y-%m}|archived=2|purged=1|folder=gs://the-archive/{folder}/"
    )


def test_a_month_is_done_once(warehouse: Warehouse) -> None:
    maintain(warehouse)
    warehouse.insert("creator_reports", [report(COVERED - DAY)])
    second = maintain(warehouse)
    assert not [name for name in warehouse.objects(PLACE.archive_bucket) if name.startswith(second)]
    runs = warehouse.rows(f"SELECT job_status FROM {DATASET}.etl_job_runs WHERE job_name = 'monthly_maintenance'")
    assert [row["job_status"] for row in runs] == ["SUCCESS"]


def test_nothing_is_deleted_when_not_everything_could_be_archived(warehouse: Warehouse) -> None:
    warehouse.insert("active_caption_assignments", [usage(1, OVER - DAY, is_active=False)])
    warehouse.deploy("monthly_maintenance_at")
    with warehouse.without("schedule_recommendations"), pytest.raises(Exception, match="schedule_recommendations"):
        maintain(warehouse)
    assert left(warehouse, "active_caption_assignments", "caption_id") == [1]
    runs = warehouse.rows(f"SELECT job_status FROM {DATASET}.etl_job_runs WHERE job_name = 'monthly_maintenance'")
    assert [row["job_status"] for row in runs] == ["FAILED"]
    folder = maintain(warehouse)
    assert [row["caption_id"] for row in archived(warehouse, folder, "active_caption_assignments")] == [1]
    assert left(warehouse, "active_caption_assignments", "caption_id") == []


def test_every_table_by_day_is_archived_expires_too_soon_or_is_kept_for_good(warehouse: Warehouse) -> None:
    listed = manifest(warehouse, PLACE.archive_bucket, maintain(warehouse))
    by_time = {
        name: table
        for name, table in warehouse.catalog.tables.items()
        if not table.is_source and getattr(table.partitioning, "type", "") == "DAY"
    }
    kept = {name for name, table in by_time.items() if table.labels.get("retention") == "unlimited"}
    assert by_time.keys() - listed.keys() == kept | {"lock_sweep_log"}
