"""Procedures made from the tables: only where something calls them, and for every table."""

from __future__ import annotations

from catalog import Catalog
from catalog.analysis import generated
from catalog.cost import billed_statements, object_scans, query_scans
from catalog.exports import export_tables
from catalog.exports.export_statements import partitions
from catalog.model import RangePartitioning
from catalog.rights import rights_of
from catalog.sqltree import parsed
from operations.rows.fingerprint import fingerprint_query
from tests.sql.emulator import ROOT
from tests.unit.catalog.conftest import Project

TABLE = """
CREATE TABLE `eros_scheduling_brain.it` (x INT64 OPTIONS(description="It's a \\\\ \\"X\\"."))
OPTIONS(description="T.")
"""
CALL = """
CREATE OR REPLACE PROCEDURE `eros_scheduling_brain.caller`(p_now TIMESTAMP) OPTIONS(description="Calls.")
BEGIN
  DECLARE v_rows INT64;
  CALL `eros_scheduling_brain.export_tables_at`('gs://b/', p_now, v_rows);
END;
"""
STACK = """
CREATE OR REPLACE VIEW `eros_scheduling_brain.deployed_stack` OPTIONS(description="S.") AS
SELECT
  --: S.
  'a' AS stack,
  --: P.
  'b' AS project_id,
  --: D.
  'c' AS dataset_id
"""


def test_they_are_there_only_where_something_calls_them(project: Project) -> None:
    project.write("sql/tables/it.sql", TABLE).write("sql/views/deployed_stack.sql", STACK)
    assert export_tables.NAME not in project.load().objects
    project.write("sql/procedures/caller.sql", CALL)
    routine = project.load().routines[export_tables.NAME]
    assert routine.path.as_posix() == "catalog/exports/export_tables.py"
    assert "It\\'s a " in routine.sql.source.text, "quotes in a description end no string"


def test_every_table_is_exported_whole_and_read_by_whoever_runs_the_backup(declared: Catalog) -> None:
    rights = rights_of(declared, declared.schedules["backup_export"].sql)
    assert rights.reads >= declared.tables.keys()
    assert rights.writes == {"etl_job_runs"}
    text = declared.routines[export_tables.NAME].sql.source.text
    for name in declared.tables:
        assert text.count(f"'{name}/*.avro'),\n    format") == 1


def test_the_checksum_is_that_of_the_fingerprint(declared: Catalog) -> None:
    stated = fingerprint_query("p.d.t", {}).partition("AS checksum")[0].rpartition("COALESCE")[2]
    made = declared.routines[export_tables.NAME].sql.source.text
    assert stated.replace("CAST(0 AS", "CAST(FARM_FINGERPRINT(TO_JSON_STRING(source)) AS").strip() in made


def test_a_row_by_its_alias_is_billed_with_all_of_its_columns(declared: Catalog) -> None:
    query = parsed("SELECT SUM(LENGTH(TO_JSON_STRING(t))) AS n FROM `eros_scheduling_brain.feature_flags` AS t")
    (scan,) = query_scans(declared, query)
    assert scan.columns == {column.name for column in declared.tables["feature_flags"].columns}
    assert object_scans(declared, "feature_flags") == ()


def test_a_backup_is_billed_for_two_reads_of_every_table(declared: Catalog) -> None:
    """One for the files, one for the counts and checksums."""
    reads = [scan.table for one in billed_statements(declared, "export_tables_at", 38) for scan in one.scans]
    assert sorted(name for name in reads if name in declared.tables) == sorted([*declared.tables] * 2)


def test_partitions_by_range_are_stated_as_the_api_has_them() -> None:
    assert partitions(RangePartitioning("x", 0, 10, 2)) == {
        "rangePartitioning": {"field": "x", "range": {"start": "0", "end": "10", "interval": "2"}}
    }
    assert partitions(None) == {}


def test_the_analyzer_sees_them() -> None:
    assert {path.as_posix() for path in generated(ROOT)} >= {"catalog/exports/export_tables.py", "config/flags.yaml"}
