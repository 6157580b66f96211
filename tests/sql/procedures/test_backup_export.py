"""The scheduled backup: all tables at one instant, read back by an independent reader, and a manifest that is right."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import fastavro
import pytest

from operations.rows.fingerprint import fingerprint_query, own_columns
from tests.sql.messages import Row, caption, message
from tests.sql.warehouse import DATASET, PLACE, Warehouse


def backup(warehouse: Warehouse) -> tuple[str, datetime]:
    """The id of a backup that was just made, and its instant."""
    warehouse.deploy("backup_export_at")
    now = datetime.now(UTC)
    warehouse.call("backup_export_at", now)
    return now.strftime("%Y-%m-%d_%H%M%S"), now


def manifest(warehouse: Warehouse, bucket: str, folder: str) -> dict[str, Row]:
    files = [path for name, path in warehouse.objects(bucket).items() if name.startswith(f"{folder}/manifest-")]
    lines = [json.loads(line) for path in files for line in path.read_text().splitlines()]
    found = {line["table_name"]: line for line in lines}
    assert len(found) == len(lines)
    return found


def rows_of(files: list[Path]) -> list[Row]:
    """What a reader that knows Avro only finds."""
    found: list[Any] = []
    for path in files:
        with path.open("rb") as file:
            found += list(fastavro.reader(file))
    return found


def test_every_table_is_there_with_its_rows_and_the_manifest_says_so(warehouse: Warehouse) -> None:
    # defect: O3
    at = datetime(2025, 11, 4, 12, 0, 0, 123456, tzinfo=UTC)
    captions = [caption("with 🌶 and 'quotes'\n", caption_id=2**62 + 1), caption("b", successful_days=["Mon", "Tue"])]
    warehouse.insert("caption_bank", captions)
    warehouse.insert("mass_messages", [message("alice", at, price=None)])
    warehouse.insert("holiday_calendar", [{"holiday_date": date(2025, 12, 25), "holiday_name": "Christmas"}])
    folder, now = backup(warehouse)
    listed = manifest(warehouse, PLACE.backup_bucket, folder)
    assert listed.keys() == warehouse.catalog.tables.keys()
    objects = warehouse.objects(PLACE.backup_bucket)
    counts = {name: len(rows_of(files_of(objects, folder, name))) for name in listed}
    assert counts == {name: int(line["row_count"]) for name, line in listed.items()}
    assert (counts["caption_bank"], counts["mass_messages"], counts["holiday_calendar"]) == (2, 1, 1)
    read = rows_of(files_of(objects, folder, "caption_bank"))
    assert {(row["caption_id"], row["caption_text"]) for row in read} == {
        (row["caption_id"], row["caption_text"]) for row in captions
    }
    (sent,) = rows_of(files_of(objects, folder, "mass_messages"))
    assert (sent["sending_time"], sent["price"]) == (at, None)
    assert {line["snapshot_time"] for line in listed.values()} == {now.strftime("%Y-%m-%dT%H:%M:%S.%fZ")}


def files_of(objects: dict[str, Path], folder: str, table: str) -> list[Path]:
    return [path for name, path in objects.items() if name.startswith(f"{folder}/{table}/") and name.endswith(".avro")]


def test_a_line_of_the_manifest_states_where_and_what_the_table_is(warehouse: Warehouse) -> None:
    warehouse.insert("caption_bank", [caption("a"), caption("b")])
    folder, _ = backup(warehouse)
    line = manifest(warehouse, PLACE.backup_bucket, folder)["caption_bandit_stats"]
    assert line["backup_completed"] is True
    stated = ("manifest_version", "backup_id", "stack", "project_id", "dataset_id", "source_table", "files")
    assert [line[name] for name in stated] == [
        *("1", folder, "local", PLACE.project, DATASET, f"{PLACE.project}.{DATASET}.caption_bandit_stats"),
        f"gs://the-backups/{folder}/caption_bandit_stats/*.avro",
    ]
    table = warehouse.client.get_table(f"{PLACE.project}.{DATASET}.caption_bandit_stats", timeout=60).to_api_repr()
    schema = json.loads(line["schema"])
    assert [field["name"] for field in schema["fields"]] == [field["name"] for field in table["schema"]["fields"]]
    assert schema["fields"][0] | {"description": ""} == {
        "name": "caption_id", "type": "INTEGER", "mode": "REQUIRED", "description": "",
    }  # fmt: skip
    assert json.loads(line["partitioning"]) == {
        "timePartitioning": {"type": "DAY", "field": "last_updated", "expirationMs": str(90 * 86_400_000)}
    }
    assert json.loads(line["clustering"]) == ["page_name", "caption_id", "last_used"]


def test_the_checksum_is_the_fingerprint_of_the_rows(warehouse: Warehouse) -> None:
    """What a restore computes over the table that it has loaded."""
    warehouse.insert("caption_bank", [caption("a"), caption("b", successful_hours=[1, 2]), caption("b")])
    folder, _ = backup(warehouse)
    listed = manifest(warehouse, PLACE.backup_bucket, folder)
    name = f"{PLACE.project}.{DATASET}.caption_bank"
    schema = warehouse.client.get_table(name, timeout=60).schema
    (expected,) = warehouse.rows(fingerprint_query(name, own_columns(schema)))
    found = listed["caption_bank"]
    assert (int(found["row_count"]), found["checksum"]) == (expected["row_count"], expected["checksum"])
    assert expected["checksum"] not in ("0", "")
    assert (listed["audit_log"]["checksum"], listed["audit_log"]["size_bytes"]) == ("0", "0")


def test_a_run_that_fails_leaves_no_manifest_and_is_heard(warehouse: Warehouse) -> None:
    warehouse.deploy("backup_export_at")
    before = warehouse.objects(PLACE.backup_bucket).keys()
    with warehouse.without("schedule_recommendations"), pytest.raises(Exception, match="schedule_recommendations"):
        backup(warehouse)
    added = warehouse.objects(PLACE.backup_bucket).keys() - before
    assert added
    assert not [name for name in added if "manifest" in name]
    (run,) = warehouse.rows(f"SELECT * FROM {DATASET}.etl_job_runs WHERE job_name = 'backup_export'")
    assert run["job_status"] == "FAILED"
    assert "schedule_recommendations" in run["error_message"]


def test_the_job_run_counts_the_rows_of_all_tables(warehouse: Warehouse) -> None:
    warehouse.insert("caption_bank", [caption("a"), caption("b")])
    folder, now = backup(warehouse)
    (run,) = warehouse.rows(f"SELECT * FROM {DATASET}.etl_job_runs WHERE job_name = 'backup_export'")
    listed = manifest(warehouse, PLACE.backup_bucket, folder)
    assert (run["job_status"], run["job_start_time"]) == ("SUCCESS", now)
    assert run["records_processed"] == sum(int(line["row_count"]) for line in listed.values()) >= 2
