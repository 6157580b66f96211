"""Loading: all findings of all files at once, and nothing beside the folders that are read."""

from __future__ import annotations

import pytest

from catalog import CatalogErrors, source_columns
from tests.unit.catalog.conftest import Project

GOOD = """
CREATE TABLE `eros_scheduling_brain.{name}` (
  x INT64 OPTIONS(description="X."),
  y ARRAY<STRING> OPTIONS(description="Y.")
) OPTIONS(description="T.", labels=[("ownership", "{owner}")])
"""


def test_an_empty_project_is_an_empty_catalog(project: Project) -> None:
    catalog = project.load()
    assert (catalog.order(), dict(catalog.schedules)) == ((), {})


def test_every_finding_of_every_file_is_reported_at_once_in_order(project: Project) -> None:
    project.write("sql/views/b.sql", "CREATE OR REPLACE VIEW `eros_scheduling_brain.b` AS\nSELECT *\nFROM `x.y`")
    project.write("sql/tables/a.sql", "CREATE TABLE `eros_scheduling_brain.a` (\n  x INT64,\n  y NONSENSE\n)")
    project.write("sql/tables/c.sql", "CREATE TABLE `eros_scheduling_brain.c` (\n  x INT64\n)")
    project.write("config/flags.yaml", "flag:\n  enabled: maybe\n  description: x\n")
    assert project.places() == [
        ("config/flags.yaml", 2, "configuration"),
        ("sql/tables/a.sql", 3, "syntax"),
        ("sql/tables/c.sql", 1, "description"),
        ("sql/tables/c.sql", 2, "description"),
        ("sql/views/b.sql", 1, "description"),
        ("sql/views/b.sql", 2, "view-select-star"),
        ("sql/views/b.sql", 3, "unqualified-reference"),
    ]
    with pytest.raises(CatalogErrors, match="7 errors in the catalog:") as refusal:
        project.load()
    assert refusal.value.exit_code == 1
    assert str(refusal.value).count("fix: ") == 7


def test_a_reference_to_a_file_that_cannot_be_read_is_not_reported_as_well(project: Project) -> None:
    project.write("sql/tables/a.sql", "CREATE TABLE `eros_scheduling_brain.a` (")
    project.write(
        "sql/views/v.sql",
        'CREATE OR REPLACE VIEW `eros_scheduling_brain.v` OPTIONS(description="V.") AS\n'
        "SELECT x FROM `eros_scheduling_brain.a`",
    )
    assert project.places() == [("sql/tables/a.sql", 1, "syntax")]


def test_a_file_outside_the_folders_is_refused_because_nobody_would_miss_it(project: Project) -> None:
    project.write("sql/procedure/a.sql", "SELECT 1").write("sql/tables/deep/b.sql", "SELECT 1").write("sql/c.sql", "")
    assert project.places() == [
        ("sql/c.sql", 0, "object-kind"),
        ("sql/procedure/a.sql", 0, "object-kind"),
        ("sql/tables/deep/b.sql", 0, "object-kind"),
    ]


def test_a_file_without_statement_or_not_utf_8_is_refused(project: Project) -> None:
    project.write("sql/tables/a.sql", "-- nothing yet\n")
    (project.root / "sql/tables/b.sql").write_bytes(b"-- caf\xe9\n")
    assert project.places() == [("sql/tables/a.sql", 0, "syntax"), ("sql/tables/b.sql", 0, "syntax")]


def test_paths_are_relative_to_the_project(project: Project) -> None:
    catalog = project.write("sql/tables/a.sql", GOOD.format(name="a", owner="stack")).load()
    assert str(catalog.tables["a"].path) == "sql/tables/a.sql"


def test_a_source_needs_every_column_that_its_file_declares(project: Project) -> None:
    project.write("sql/tables/a.sql", GOOD.format(name="a", owner="source"))
    project.write("sql/tables/b.sql", GOOD.format(name="b", owner="stack"))
    catalog = project.load()
    assert [(c.name, c.api_type, c.mode) for c in source_columns(catalog, "a")] == [
        ("x", "INTEGER", "NULLABLE"),
        ("y", "STRING", "REPEATED"),
    ]
    with pytest.raises(KeyError, match="not a source"):
        source_columns(catalog, "b")


def test_objects_are_given_by_kind(project: Project) -> None:
    described = 'OPTIONS(description="D.")'
    project.write("sql/tables/t.sql", GOOD.format(name="t", owner="stack"))
    project.write("sql/views/v.sql", f"CREATE OR REPLACE VIEW `eros_scheduling_brain.v` {described} AS SELECT 1 AS x")
    project.write(
        "sql/materialized_views/m.sql",
        f"CREATE OR REPLACE MATERIALIZED VIEW `eros_scheduling_brain.m` {described} AS "
        "SELECT t.x AS x FROM `eros_scheduling_brain.t` AS t",
    )
    project.write("sql/functions/f.sql", f"CREATE OR REPLACE FUNCTION `eros_scheduling_brain.f`() {described} AS (1)")
    catalog = project.load()
    assert (list(catalog.tables), list(catalog.views)) == (["t"], ["v"])
    assert (list(catalog.materialized_views), list(catalog.routines)) == (["m"], ["f"])
    assert catalog.view("m") is catalog.materialized_views["m"]
    with pytest.raises(KeyError):
        catalog.view("t")
