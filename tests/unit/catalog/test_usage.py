"""Who reads, writes and calls what: by statement, and of well-known objects of the platform."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from catalog import Catalog
from catalog.usage import Usage
from tests.unit.catalog.conftest import Project

TABLE = (
    'CREATE TABLE `eros_scheduling_brain.{0}` (x INT64 NOT NULL OPTIONS(description="X.")) OPTIONS(description="T.")'
)


def procedure(name: str, body: str) -> str:
    return f"""CREATE OR REPLACE PROCEDURE `eros_scheduling_brain.{name}`()
OPTIONS(description="P.")
BEGIN
{body}
END;
"""


@pytest.fixture
def usage(project: Project) -> Callable[[str], Usage]:
    """The usage of a procedure with this body, among the tables a, b and c."""

    def usage(body: str) -> Usage:
        for name in "abc":
            project.write(f"sql/tables/{name}.sql", TABLE.format(name))
        project.write("sql/procedures/other.sql", procedure("other", "SELECT 1;"))
        project.write("sql/procedures/p.sql", procedure("p", body))
        return project.load().usage("p")

    return usage


A, B, C = (f"`eros_scheduling_brain.{name}`" for name in "abc")


@pytest.mark.parametrize(
    ("statement", "action"),
    [
        (f"INSERT INTO {A} (x) SELECT b.x FROM {B} AS b;", "INSERT"),
        (f"INSERT {A} (x) SELECT b.x FROM {B} AS b;", "INSERT"),
        (f"UPDATE {A} AS a SET x = 1 WHERE a.x IN (SELECT b.x FROM {B} AS b);", "UPDATE"),
        (f"DELETE FROM {A} AS a WHERE a.x IN (SELECT b.x FROM {B} AS b);", "DELETE"),
        (
            f"MERGE INTO {A} AS a USING {B} AS b ON a.x = b.x WHEN MATCHED THEN UPDATE SET x = b.x "
            "WHEN NOT MATCHED THEN INSERT (x) VALUES (b.x) WHEN NOT MATCHED BY SOURCE THEN DELETE;",
            "MERGE (UPDATE, INSERT, DELETE)",
        ),
    ],
)
def test_the_target_of_a_statement_is_written_and_the_rest_is_read(
    usage: Callable[[str], Usage], statement: str, action: str
) -> None:
    found = usage(statement)
    assert (found.writes, found.reads) == ({"a": (action,)}, frozenset({"b"}))


def test_a_table_that_is_written_and_read_is_both(usage: Callable[[str], Usage]) -> None:
    found = usage(f"INSERT INTO {A} (x) SELECT MAX(a.x) + 1 FROM {A} AS a;")
    assert (set(found.writes), found.reads) == ({"a"}, frozenset({"a"}))


def test_statements_of_branches_loops_and_handlers_count(usage: Callable[[str], Usage]) -> None:
    found = usage(f"""
  IF EXISTS (SELECT 1 FROM {B} AS b) THEN
    INSERT INTO {A} (x) VALUES (1);
  END IF;
  FOR v_row IN (SELECT c.x FROM {C} AS c) DO
    UPDATE {A} AS a SET x = 2 WHERE a.x = v_row.x;
  END FOR;
  BEGIN
    SELECT 1;
  EXCEPTION WHEN ERROR THEN
    DELETE FROM {B} AS b WHERE b.x = 1;
  END;""")
    assert found.writes == {"a": ("INSERT", "UPDATE"), "b": ("DELETE",)}
    assert found.reads == {"b", "c"}


def test_what_is_called_is_not_read(usage: Callable[[str], Usage]) -> None:
    found = usage("CALL `eros_scheduling_brain.other`();")
    assert (set(found.calls), set(found.reads), dict(found.writes)) == ({"other"}, set(), {})


def test_temporary_tables_are_nobodys_business(usage: Callable[[str], Usage]) -> None:
    found = usage(f"""
  CREATE OR REPLACE TEMP TABLE t AS SELECT b.x FROM {B} AS b;
  INSERT INTO t (x) SELECT c.x FROM {C} AS c;""")
    assert (dict(found.writes), set(found.reads)) == ({}, {"b", "c"})


def test_writes_reach_through_calls_by_the_shortest_chain(project: Project) -> None:
    project.write("sql/tables/a.sql", TABLE.format("a"))
    project.write("sql/procedures/writer.sql", procedure("writer", f"INSERT INTO {A} (x) VALUES (1);"))
    project.write("sql/procedures/middle.sql", procedure("middle", "CALL `eros_scheduling_brain.writer`();"))
    calls = "CALL `eros_scheduling_brain.middle`(); CALL `eros_scheduling_brain.writer`();"
    project.write("sql/procedures/both.sql", procedure("both", calls))
    catalog = project.load()
    assert catalog.writes_through("both") == {"a": ("writer",)}
    assert catalog.writes_through("middle") == {"a": ("writer",)}
    assert catalog.writes("middle") == frozenset()


# The platform's own objects, written down by hand.


@pytest.mark.parametrize(
    ("table", "writers"),
    [
        ("caption_bandit_stats", {"update_caption_performance_at"}),
        (
            "active_caption_assignments",
            {"lock_caption_assignments_at", "sweep_expired_caption_locks_at", "archive_tables_at"},
        ),
        ("message_caption_matches", {"match_message_captions", "archive_tables_at"}),
        ("lock_sweep_log", {"sweep_expired_caption_locks_at"}),
        ("automation_alerts", {"raise_automation_alerts", "evaluate_alerts_at"}),
        ("mass_messages", set()),
    ],
)
def test_the_writers_of_well_known_tables(declared: Catalog, table: str, writers: set[str]) -> None:
    assert {name for name in declared.objects if table in declared.writes(name)} == writers


def test_the_feedback_reads_messages_through_one_view_and_writes_its_job_run_through_a_helper(
    declared: Catalog,
) -> None:
    assert "message_facts" in declared.reads("update_caption_performance_at")
    assert "mass_messages" not in declared.reads("update_caption_performance_at")
    assert declared.reads("message_facts") >= {"mass_messages", "message_caption_matches"}
    through = declared.writes_through("update_caption_performance")
    assert through["caption_bandit_stats"] == ("update_caption_performance_at",)
    assert through["etl_job_runs"] == ("update_caption_performance_at", "job_run_close")


def test_every_dependency_is_read_written_or_called(declared: Catalog) -> None:
    assert declared.objects
    for name in declared.objects:
        used = declared.reads(name) | declared.writes(name) | declared.usage(name).calls
        assert used - {name} == declared.dependencies(name) - {name}
