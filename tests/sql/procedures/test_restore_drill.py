"""The monthly restore drill: what the scheduled backup wrote is loaded again, and what does not match is named."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import fastavro
import pytest
from google.api_core.exceptions import GoogleAPICallError

from tests.sql.alerting import healthy
from tests.sql.messages import LA, Row, caption, message
from tests.sql.procedures.test_backup_export import backup
from tests.sql.warehouse import DATASET, PLACE, Warehouse


def drill(warehouse: Warehouse, now: datetime | None = None) -> None:
    warehouse.deploy("restore_drill_at")
    warehouse.call("restore_drill_at", now or datetime.now(UTC))


def drills(warehouse: Warehouse) -> list[Row]:
    """The drills, oldest first."""
    return warehouse.rows(
        f"SELECT * FROM {DATASET}.etl_job_runs WHERE job_name = 'restore_drill' ORDER BY job_start_time"
    )


@pytest.fixture(scope="module")
def made(deployed_warehouse: Warehouse) -> Row:
    """The run of a backup of tables with arrays, records and none; its files stay."""
    warehouse = deployed_warehouse
    hard = caption("🌶 \"q\" 'a'\n", caption_id=2**62 + 1, successful_days=["Mon", "Tue"], successful_hours=[1, 23])
    warehouse.insert("caption_bank", [hard, caption("b"), caption("b")])
    sent = datetime(2025, 11, 4, 12, 0, 0, 123456, tzinfo=UTC)
    warehouse.insert("mass_messages", [message("alice", sent, price=None)])
    warehouse.insert("feature_flags", [{"flag": "a", "is_enabled": True, "updated_at": sent}])
    healthy(warehouse)
    backup(warehouse)
    (run,) = warehouse.rows(f"SELECT * FROM {DATASET}.etl_job_runs WHERE job_name = 'backup_export'")
    warehouse.clean()
    return {name: value for name, value in run.items() if value is not None}


@pytest.fixture
def files(warehouse: Warehouse, made: Row) -> Iterator[dict[str, Path]]:
    """The backup is the newest: its files by name, put back afterwards."""
    warehouse.insert("etl_job_runs", [made])
    folder = f"{made['job_start_time']:%Y-%m-%d_%H%M%S}/"
    found = warehouse.objects(PLACE.backup_bucket).items()
    mine = {name.removeprefix(folder): path for name, path in found if name.startswith(folder)}
    held = {path: path.read_bytes() for path in mine.values()}
    yield mine
    for path, content in held.items():
        path.write_bytes(content)


def test_a_backup_comes_back_whole_and_the_run_says_which_and_how_much(
    warehouse: Warehouse, files: dict[str, Path], made: Row
) -> None:
    drill(warehouse)
    (run,) = drills(warehouse)
    assert (run["job_status"], run["records_processed"]) == ("SUCCESS", made["records_processed"])
    assert files
    tables = len(warehouse.catalog.tables)
    assert run["error_message"] == f"backup {made['job_start_time']:%Y-%m-%d_%H%M%S}, {tables} tables"
    assert run["execution_date"] == datetime.now(LA).date().replace(day=1)


def rewrite(path: Path, change: Callable[[list[Row]], list[Row]]) -> None:
    with path.open("rb") as file:
        reader = fastavro.reader(file)
        schema, rows = reader.writer_schema, [dict(row) for row in reader if isinstance(row, dict)]
    assert schema is not None
    with path.open("wb") as file:
        fastavro.writer(file, schema, change(rows))


def test_every_table_that_is_not_what_was_written_is_named(warehouse: Warehouse, files: dict[str, Path]) -> None:
    """A row less, another value, a file that is cut, one that is gone."""
    (bank, sent, checks, flags) = (
        files[f"{name}/000000000000.avro"]
        for name in ("caption_bank", "mass_messages", "health_checks", "feature_flags")
    )
    rewrite(bank, lambda rows: rows[1:])
    rewrite(sent, lambda rows: [{**row, "page_name": "bob"} for row in rows])
    checks.write_bytes(checks.read_bytes()[:-40])
    flags.unlink()
    with pytest.raises(GoogleAPICallError, match=r"EROS_DRILL\|gs://the-backups/") as refused:
        drill(warehouse)
    said = str(refused.value)
    assert re.search(r"caption_bank came back with 2 rows, checksum -?\d+; recorded are 3 rows, checksum -?\d+;", said)
    assert re.search(
        r"mass_messages came back with 1 rows, checksum (-?\d+); recorded are 1 rows, checksum (?!\1)", said
    )
    assert "health_checks cannot be read: " in said
    assert re.search(r"feature_flags cannot be read: Not found: Files gs://the-backups/.*/feature_flags/", said)
    assert len(set(re.findall(r"(\w+) (?:came back|cannot be read)", said))) == 4
    (run,) = drills(warehouse)
    assert run["job_status"] == "FAILED"
    assert "caption_bank came back with 2 rows" in run["error_message"]


def test_while_there_is_no_backup_nothing_is_drilled_and_one_that_is_not_finished_fails(
    warehouse: Warehouse, made: Row
) -> None:
    drill(warehouse)
    assert drills(warehouse) == []
    warehouse.insert("etl_job_runs", [made | {"job_start_time": made["job_start_time"] + timedelta(seconds=1)}])
    with pytest.raises(GoogleAPICallError, match=r"Not found: Files gs://the-backups/.*/manifest-"):
        drill(warehouse)
    assert [run["job_status"] for run in drills(warehouse)] == ["FAILED"]


def test_the_dispatcher_drills_once_a_month_and_again_after_a_failure(
    warehouse: Warehouse, files: dict[str, Path]
) -> None:
    warehouse.deploy("dispatch_daily_automation_at")
    month = (datetime.now(LA).date().replace(day=1) + timedelta(days=32)).replace(day=1)
    first = datetime(month.year, month.month, 1, 5, 10, tzinfo=LA)
    now = first + timedelta(hours=1)

    def due(at: datetime) -> bool:
        return "restore_drill" in warehouse.value(f"SELECT due_jobs FROM {DATASET}.dispatch_state_at(@now)", now=at)

    assert not due(first - timedelta(seconds=1))
    assert due(first)
    (manifest,) = (path for name, path in files.items() if name.startswith("manifest-"))
    held = manifest.read_bytes()
    manifest.write_bytes(held.replace(b'"backup_completed":true', b'"backup_completed":false', 1))
    with pytest.raises(GoogleAPICallError, match="is not that of a finished backup"):
        drill(warehouse, now)
    assert not due(now + timedelta(minutes=5)), "it rests first"
    assert due(now + timedelta(minutes=15))
    manifest.write_bytes(held)
    drill(warehouse, now + timedelta(seconds=1))
    drill(warehouse, now + timedelta(seconds=2))
    assert [run["job_status"] for run in drills(warehouse)] == ["FAILED", "SUCCESS"]
    assert not due(now + timedelta(minutes=15))


def test_without_an_instant_or_a_folder_it_refuses(warehouse: Warehouse) -> None:
    with pytest.raises(GoogleAPICallError, match="p_now is null"):
        warehouse.call("restore_drill_at", None)
    for folder in (None, "gs://b/x'; DROP", "/etc/1/"):
        given = "CAST(NULL AS STRING)" if folder is None else "@folder"
        script = f"DECLARE t INT64; DECLARE r INT64; CALL `{DATASET}.prove_backup`({given}, t, r)"
        with pytest.raises(GoogleAPICallError, match="no folder of a backup"):
            warehouse.rows(script, **({} if folder is None else {"folder": folder}))


def test_no_table_has_a_type_that_comes_back_as_another(warehouse: Warehouse) -> None:
    """What a load makes of these differs from what was exported: prove_backup would have to cast."""
    types = {column.type for table in warehouse.catalog.tables.values() for column in table.columns}
    assert not types & {"DATETIME", "GEOGRAPHY", "INTERVAL", "RANGE"}
