"""What a statement needs through everything that it calls and reads."""

from __future__ import annotations

import pytest

from catalog import Catalog, Rights, rights_of
from catalog.rights import united
from tests.unit.catalog.conftest import Project

D = "eros_scheduling_brain"
TABLE = 'CREATE TABLE `{d}.{n}` (x INT64 NOT NULL OPTIONS(description="X.")) OPTIONS(description="T.")'
VIEW = 'CREATE OR REPLACE VIEW `{d}.v` OPTIONS(description="V.") AS\nSELECT t.x FROM `{d}.read` AS t'
PROCEDURE = 'CREATE OR REPLACE PROCEDURE `{d}.{n}`()\nOPTIONS(description="P.")\nBEGIN\n{body}\nEND;\n'
SCHEDULE = """
job:
  display_name: Job
  description: Runs.
  owner: data-team
  severity: ERROR
  recipients: [devops]
  call: CALL `eros_scheduling_brain.outer`()
  schedule: every 6 hours from 00:23 to 23:59
  start_time: 2025-01-01T00:23:00Z
  max_runtime_seconds: 300
"""


@pytest.fixture
def catalog(project: Project) -> Catalog:
    """`outer` calls `inner`, which reads a view and writes two tables, one of which it also reads."""
    for name in ("read", "both", "added", "unused"):
        project.write(f"sql/tables/{name}.sql", TABLE.format(d=D, n=name))
    project.write("sql/views/v.sql", VIEW.format(d=D))
    body = (
        f"  INSERT INTO `{D}.added` (x) SELECT v.x FROM `{D}.v` AS v;\n"
        f"  UPDATE `{D}.both` AS b SET x = 1 WHERE b.x IN (SELECT o.x FROM `{D}.both` AS o);"
    )
    project.write("sql/procedures/inner.sql", PROCEDURE.format(d=D, n="inner", body=body))
    project.write("sql/procedures/outer.sql", PROCEDURE.format(d=D, n="outer", body=f"  CALL `{D}.inner`();"))
    project.write("config/schedules.yaml", SCHEDULE)
    return project.load()


def test_a_call_has_the_rights_of_all_that_it_leads_to_and_of_nothing_else(catalog: Catalog) -> None:
    rights = rights_of(catalog, catalog.schedules["job"].sql)
    assert rights.calls == {"outer", "inner"}
    assert rights.writes == {"added", "both"}
    assert rights.reads == {"read", "v", "both"}


def test_rights_are_united_by_kind() -> None:
    one, other = Rights(frozenset("a"), frozenset("b")), Rights(frozenset("c"), frozenset(), frozenset("f"))
    assert united([one, other]) == Rights(frozenset("ac"), frozenset("b"), frozenset("f"))
    assert united([]) == Rights()
