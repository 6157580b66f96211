"""What a review says of the rows that a changed procedure leaves: counted by hand, ids and clocks left out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from catalog import Catalog
from operations.review.examples import Showing
from operations.review.findings import ColumnChange, DataChange, Example, ExampleValue
from operations.review.procedure_diff import procedure_changes
from tests.sql.test_data_diff import edited
from tests.sql.warehouse import PLACE, Warehouse

SWEEP, LOCKS = "sweep_expired_caption_locks_at", "active_caption_assignments"
FILE = f"procedures/{SWEEP}"


@pytest.fixture
def locked(warehouse: Warehouse) -> Warehouse:
    """Three locks: of yesterday, of the day before, and of tomorrow."""
    today = datetime.now(UTC).date()
    rows = [
        {
            "page_name": "alice",
            "caption_id": 1 + number,
            "caption_text": "t",
            "assigned_date": today - timedelta(days=3),
            "assignment_key": f"k{number}",
            "scheduled_send_date": today + timedelta(days=days),
            "scheduled_send_hour": 1,
            "schedule_id": "s",
            "is_active": True,
        }
        for number, days in enumerate((-2, -3, 2))
    ]
    warehouse.insert(LOCKS, rows)
    warehouse.deploy(SWEEP)
    return warehouse


def changes(warehouse: Warehouse, now: Catalog, *names: str, before: Catalog | None = None) -> list[DataChange]:
    was = before or warehouse.catalog
    return list(procedure_changes(warehouse.client, PLACE, now, was, names, Showing(5, now, was)))


def test_rows_that_the_new_version_leaves_otherwise_are_told_by_table_and_column_and_nothing_is_written(
    locked: Warehouse, tmp_path: Path
) -> None:
    held = locked.rows(f"SELECT * FROM `eros_scheduling_brain.{LOCKS}` ORDER BY caption_id")
    closing = "'SUCCESS', NULL, NULL, v_stale + v_past_date"
    catalog = edited(tmp_path, (FILE, "'PAST_SEND_DATE'", "'OVER'"), (FILE, closing, f"{closing} + 1"))
    found, logged = changes(locked, catalog, SWEEP)
    # It is asked for examples: a text is none, and a table with data_class=restricted has none.
    assert found == DataChange(
        name=f"{SWEEP}: {LOCKS}",
        before=3,
        after=3,
        changed=2,
        columns=(ColumnChange(name="deactivation_reason", rows=2),),
    )
    assert (logged.name, logged.columns) == (
        f"{SWEEP}: etl_job_runs",
        (ColumnChange(name="records_processed", rows=1),),
    )
    values = (ExampleValue(name="records_processed", before="2", after="3"),)
    assert logged.examples == (Example(op="changed", values=values),)
    assert locked.rows(f"SELECT * FROM `eros_scheduling_brain.{LOCKS}` ORDER BY caption_id") == held
    assert locked.rows("SELECT * FROM `eros_scheduling_brain.etl_job_runs`") == []
    left = locked.rows("SELECT schema_name FROM INFORMATION_SCHEMA.SCHEMATA")
    assert not [one for one in left if one["schema_name"].startswith("eros_review_")]


def test_ids_and_clocks_are_no_difference(locked: Warehouse, tmp_path: Path) -> None:
    catalog = edited(tmp_path, (FILE, "-- Stale: overdue", "-- Overdue"))
    (found,) = changes(locked, catalog, SWEEP)
    assert (found.name, found.differs, found.note) == (SWEEP, False, "")
    assert found.before == found.after >= 3, "the locks, and what the run has logged"


def test_a_new_version_that_fails_fails_and_an_old_one_that_fails_is_not_compared(
    locked: Warehouse, tmp_path: Path
) -> None:
    catalog = edited(tmp_path, (FILE, "is_active = FALSE", "is_active = (1 / 0 = 1)"))
    (found,) = changes(locked, catalog, SWEEP)
    assert found.fails
    (found,) = changes(locked, locked.catalog, SWEEP, before=catalog)
    assert not found.fails
    assert found.note.startswith("not compared: what is deployed fails itself")


def test_one_that_takes_other_arguments_is_compared_by_its_callers_and_others_are_named(
    locked: Warehouse, tmp_path: Path
) -> None:
    catalog = edited(tmp_path, ("procedures/job_run_open", "'RUNNING'", "'FAILED'"))
    found = {one.name: one for one in changes(locked, catalog, "job_run_open", "backup_export_at")}
    assert found["job_run_open"].note.startswith("not compared: what calls it is: ")
    assert "EXPORT" in found["backup_export_at"].note
    assert any(name.startswith(SWEEP) or "more than" in one.note for name, one in found.items())
    assert procedure_changes(locked.client, PLACE, catalog, None, ["job_run_open"])[0].note
