"""Who read an object, from the job history of the local BigQuery."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from operations.readers import readers
from tests.sql.warehouse import PLACE, Warehouse


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
