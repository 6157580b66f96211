"""Lint rules on names and descriptions, by example."""

from __future__ import annotations

from typing import Any

import pytest

from catalog.lint.names import NAME_RULES
from tests.unit.catalog.conftest import Project
from tests.unit.catalog.lint.examples import NAME, Breaches, Sounds, T, breaches, function, procedure, sounds, view

BREACHES: Breaches = {
    "description": [
        (("sql/views/x.sql", f"CREATE OR REPLACE VIEW {NAME} AS SELECT 1 AS k"), 1),
        (("sql/functions/x.sql", f"CREATE OR REPLACE FUNCTION\n{NAME}() AS (1)"), 2),
    ],
    "label-form": [
        (
            (
                "sql/views/x.sql",
                f'CREATE OR REPLACE VIEW {NAME} OPTIONS(description="D.", labels=[("a", "Eros")]) AS SELECT 1 AS k',
            ),
            1,
        ),
    ],
    "argument-prefix": [
        (function("lock_id INT64", "1"), 1),
        (procedure("SELECT 1;", "p_ok INT64, OUT performance_report STRING"), 1),
        (function("p_Mixed INT64", "1"), 1),
    ],
    "variable-prefix": [
        (procedure("DECLARE job_id STRING;\nSELECT 1;"), 4),
        (procedure("DECLARE v_a, b STRING;\nSELECT 1;"), 4),
        (procedure("FOR creator IN (SELECT 1 AS k) DO\nSELECT 2;\nEND FOR;"), 4),
    ],
    "decimal-type": [
        (function("p_a ARRAY<DECIMAL>", "1"), 1),
    ],
    "unqualified-reference": [
        (view("SELECT o.k FROM `other.t` AS o"), 3),
        (view("SELECT o.k FROM `p.eros_scheduling_brain.t` AS o"), 3),
        (view("SELECT o.k FROM `eros_scheduling_brain`.`t` AS o"), 3),
        (view("SELECT o.k FROM\neros_scheduling_brain.t AS o"), 4),
        (view("SELECT o.k FROM t AS o"), 3),
        (view("SELECT other.f(1) AS k"), 3),
        (view("SELECT j.job_id AS k FROM `region-eu`.INFORMATION_SCHEMA.JOBS AS j"), 3),
        (view("SELECT j.job_id AS k FROM `region-eu.INFORMATION_SCHEMA.JOBS` AS j"), 3),
        (view("SELECT '${stak}' AS k"), 3),
        (procedure("CALL other.p();"), 4),
        (procedure("INSERT INTO other.t (k) VALUES (1);"), 4),
        (procedure("EXECUTE IMMEDIATE 'SELECT k FROM `eros_scheduling_brain.t`';"), 4),
    ],
}

SOUND: Sounds = {
    "description": [
        view("SELECT 1 AS k"),
        procedure("SELECT 1;"),
    ],
    "label-form": [
        (
            "sql/views/x.sql",
            f'CREATE OR REPLACE VIEW {NAME} OPTIONS(description="D.", labels=[("a_b-1", "90d")]) AS SELECT 1 AS k',
        ),
    ],
    "argument-prefix": [
        procedure("SELECT 1;", "IN p_a INT64, OUT p_report STRING"),
    ],
    "variable-prefix": [
        procedure("DECLARE v_a, v_b INT64 DEFAULT 1;\nFOR v_row IN (SELECT 1 AS k) DO\nSELECT v_row.k;\nEND FOR;"),
    ],
    "decimal-type": [
        function("p_a NUMERIC", "p_a"),
    ],
    "unqualified-reference": [
        view("SELECT j.job_id AS k FROM `region-us`.INFORMATION_SCHEMA.JOBS AS j"),
        view("SELECT j.job_id AS k FROM `region-us.INFORMATION_SCHEMA.JOBS` AS j"),
        view("SELECT c.column_name AS k FROM `eros_scheduling_brain.INFORMATION_SCHEMA.COLUMNS` AS c"),
        view("SELECT '${stack}' AS k, '${stak} in a text' AS j"),
        view(f"WITH t AS (SELECT a.k FROM {T} AS a) SELECT t.k FROM t"),
        view("SELECT NET.HOST('x') AS k, SAFE.PARSE_DATE('%F', 'x') AS j, t.k IN (1) AS i FROM (SELECT 1 AS k) AS t"),
        view(f"SELECT e AS k FROM {T} AS a, a.list AS e"),
        procedure("CREATE OR REPLACE TEMP TABLE t AS SELECT 1 AS k;\nSELECT k FROM t;\nINSERT INTO t (k) VALUES (1);"),
        function("p_a STRING", "CONCAT('see eros_scheduling_brain.t', p_a, `eros_scheduling_brain.once`(1.0))"),
    ],
}


def test_every_rule_has_examples_that_break_it_and_examples_that_keep_it() -> None:
    assert set(BREACHES) == set(SOUND) == {rule.id for rule in NAME_RULES}


@pytest.mark.parametrize(("rule", "path", "text", "line"), breaches(BREACHES))
def test_a_breach_is_found_at_its_line_by_its_rule_and_no_other(
    prepared: Project, rule: str, path: str, text: str, line: int
) -> None:
    findings = prepared.write(path, text).findings()
    assert [(finding.location.line, finding.rule) for finding in findings] == [(line, rule)]
    assert findings[0].fix


@pytest.mark.parametrize(("path", "text"), sounds(SOUND))
def test_sound_sql_near_the_rule_is_left_alone(prepared: Project, path: Any, text: Any) -> None:
    assert prepared.write(path, text).places() == []
