"""Who read an object and who wrote into the dataset, from the job history of the local BigQuery."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from google.cloud import bigquery

from operations.adopt.hands import hands
from operations.project import stack_settings
from operations.readers import readers
from tests.sql.warehouse import PLACE, Warehouse

ROOT = Path(__file__).resolve().parents[2]


def test_statements_that_name_an_object_are_counted_and_those_that_make_it_are_not(warehouse: Warehouse) -> None:
    before = sum(reader.statements for reader in readers(warehouse.client, PLACE, "US", "audit_log"))
    warehouse.deploy("audit_log")
    warehouse.rows("SELECT COUNT(*) AS n FROM `eros_scheduling_brain.audit_log`")
    warehouse.rows("SELECT COUNT(*) AS n FROM eros_scheduling_brain.audit_log")
    warehouse.rows("SELECT 'audit_log' AS n FROM `eros_scheduling_brain.feature_flags`")
    warehouse.rows("ALTER TABLE `eros_scheduling_brain.audit_log` SET OPTIONS (description='D.')")
    (reader,) = readers(warehouse.client, PLACE, "US", "audit_log")
    assert reader.statements == before + 2
    assert reader.account
    assert datetime.now(UTC) - reader.last_read < timedelta(minutes=10)


def test_an_object_that_nobody_names_has_no_readers(warehouse: Warehouse) -> None:
    assert readers(warehouse.client, PLACE, "US", "nobody_reads_this") == ()


def run(warehouse: Warehouse, sql: str, dataset: str = "", **options: str) -> None:
    """As a caller does who states a default dataset, or a destination."""
    config = bigquery.QueryJobConfig(**options)
    if dataset:
        config.default_dataset = f"{warehouse.client.project}.{dataset}"
    warehouse.client.query(sql, config).result()


def test_a_statement_that_takes_the_dataset_for_its_default_is_a_reader(warehouse: Warehouse) -> None:
    warehouse.deploy("audit_log")
    before = sum(reader.statements for reader in readers(warehouse.client, PLACE, "US", "audit_log"))
    run(warehouse, "SELECT COUNT(*) AS n FROM audit_log", PLACE.dataset)
    run(warehouse, "SELECT 'FROM audit_log' AS n", PLACE.dataset)
    (reader,) = readers(warehouse.client, PLACE, "US", "audit_log")
    assert reader.statements == before + 1


def test_who_wrote_into_the_dataset_shows_by_account_with_kinds_and_tables(warehouse: Warehouse) -> None:
    settings = stack_settings(ROOT, "prod").model_copy(update={"project": PLACE.project})
    client, table = warehouse.client, f"{PLACE.dataset}.written_by_cron"

    def jobs() -> int:
        return sum(hand.jobs for hand in hands(client, settings))

    run(warehouse, f"CREATE TABLE {table} (id INT64, note STRING)")
    run(warehouse, "CREATE SCHEMA elsewhere")
    run(warehouse, "CREATE TABLE elsewhere.t (id INT64)")
    before = jobs()
    run(warehouse, f"SELECT * FROM {table}")
    run(warehouse, f"INSERT INTO elsewhere.t (id) SELECT id FROM {table}")
    assert jobs() == before, "reading is not writing, and neither is a write elsewhere"
    run(warehouse, "INSERT INTO written_by_cron (id) VALUES (1)", PLACE.dataset)
    run(warehouse, f"UPDATE {table} SET note = 'x' WHERE id = 1")
    run(warehouse, f"BEGIN MERGE {table} AS t USING (SELECT 1 AS id) AS s ON t.id = s.id WHEN MATCHED THEN DELETE; END")
    client.load_table_from_json([{"id": 7}], table).result()
    assert jobs() == before + 4
    (hand,) = hands(client, settings)
    assert {"INSERT", "UPDATE", "MERGE", "LOAD"} <= set(hand.kinds)
    assert "written_by_cron" in hand.tables
    assert datetime.now(UTC) - hand.last_job < timedelta(minutes=10)
