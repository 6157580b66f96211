"""Lint rules on single statements, by example."""

from __future__ import annotations

from typing import Any

import pytest

from catalog.lint.statement_rules import STATEMENT_RULES
from tests.unit.catalog.conftest import Project
from tests.unit.catalog.lint.examples import Breaches, Sounds, T, breaches, check, function, procedure, sounds, view

DEEP = 201

BREACHES: Breaches = {
    "nesting": [
        (view(f"SELECT\n{'(' * DEEP}1{')' * DEEP} AS k"), 4),
        (view(f"SELECT {'(' * 5000}1{')' * 5000} AS k"), 3),
    ],
    "pipe-syntax": [
        (view(f"SELECT t.k FROM {T} AS t\n|> SET k = 1"), 4),
        (view(f"FROM {T} AS t |> DROP k"), 3),
    ],
    "json-path": [
        (view("SELECT JSON_VALUE(JSON '{}', '$.[a') AS k"), 3),
    ],
    "sql-syntax": [
        (view("SELECT t.k\nFROM WHERE t.k = 1"), 4),
        (view(f"SELECT t.k b c FROM {T} AS t"), 3),
        (function("", "1 +"), 3),
        (procedure(f"SELECT 1;\nUPDATE {T} SET k = WHERE k = 1;"), 5),
        (check(f"SELECT k AS detail FROM {T} GRUOP BY k"), 1),
    ],
    "dml-predicate": [
        (procedure(f"DELETE FROM {T} WHERE TRUE;"), 4),
        (procedure(f"DELETE {T} WHERE 1 = 1;"), 4),
        (procedure(f"UPDATE {T} SET k = 1 WHERE (NOT FALSE);"), 4),
        (procedure(f"DELETE FROM {T} WHERE k = 5 OR 1=1;"), 4),
        (procedure(f"DELETE FROM {T} WHERE lock_id = lock_id AND TRUE;"), 4),
        (procedure(f"UPDATE {T} SET k = (SELECT MAX(j) FROM UNNEST([1]) AS j WHERE j > 0);"), 4),
        (
            procedure(
                f"MERGE {T} AS a USING {T} AS b ON TRUE\nWHEN MATCHED THEN DELETE;",
            ),
            4,
        ),
    ],
    "insert-columns": [
        (procedure(f"INSERT INTO {T} VALUES (1);"), 4),
        (procedure(f"INSERT {T} SELECT 1;"), 4),
        (procedure(f"INSERT INTO {T} (SELECT 1 AS k);"), 4),
        (procedure(f"MERGE {T} AS a USING {T} AS b ON a.k = b.k\nWHEN NOT MATCHED THEN\nINSERT ROW;"), 6),
        (procedure(f"MERGE {T} AS a USING {T} AS b ON a.k = b.k\nWHEN NOT MATCHED THEN INSERT VALUES (1);"), 5),
    ],
    "drop-truncate": [
        (procedure("DROP TABLE scratch;"), 4),
        (procedure(f"IF TRUE THEN\nTRUNCATE TABLE {T};\nEND IF;"), 5),
    ],
    "ddl-in-procedure": [
        (procedure(f"CREATE TABLE {T} (k INT64);"), 4),
        (procedure(f"CREATE OR REPLACE TABLE {T} AS SELECT 1 AS k;"), 4),
        (procedure(f"ALTER TABLE {T} SET OPTIONS (description='x');"), 4),
    ],
    "temp-table-replace": [
        (procedure("CREATE TEMP TABLE scratch AS SELECT 1 AS k;"), 4),
        (procedure("CREATE TEMPORARY TABLE IF NOT EXISTS scratch (k INT64);"), 4),
    ],
    "with-before-dml": [
        (procedure(f"WITH b AS (SELECT 1 AS k)\nMERGE {T} AS a USING b ON a.k = b.k WHEN MATCHED THEN DELETE;"), 4),
    ],
    "session-settings": [
        (procedure("SET @@time_zone = 'America/Los_Angeles';"), 4),
        (procedure("SET @@query_timeout_ms = 1000;"), 4),
        (procedure("SELECT @@query_timeout_ms;"), 4),
    ],
    "unsupported-syntax": [
        (procedure("IF TRUE THEN\nSELECT 1;\nELSIF FALSE THEN SELECT 2;\nEND IF;"), 6),
        (procedure("DECLARE v_list CURSOR FOR SELECT 1;\nSELECT 2;"), 4),
        (procedure("FETCH v_list INTO v_row;"), 4),
        (procedure("IF TRUE THEN\nNULL;\nEND IF;"), 5),
    ],
}

SOUND: Sounds = {
    "nesting": [
        view(f"SELECT {'REPLACE(' * 45}'a'{', a, b)' * 45} AS k".replace("a, b", "'a', 'b'")),
    ],
    "pipe-syntax": [
        view("SELECT '|> SET' AS k"),
    ],
    "json-path": [
        view("SELECT JSON_VALUE(JSON '{}', '$.a[0].b') AS k"),
    ],
    "sql-syntax": [
        view(f"SELECT t.k FROM {T} AS t QUALIFY ROW_NUMBER() OVER (PARTITION BY t.k ORDER BY t.k) = 1"),
        function("p_a ARRAY<INT64>", "(SELECT AS STRUCT MAX(e) AS e FROM UNNEST(p_a) AS e WITH OFFSET AS o)"),
        procedure("RAISE USING MESSAGE = CONCAT('a', @@error.message);\nEXECUTE IMMEDIATE 'SELECT 1';\nRETURN;"),
    ],
    "dml-predicate": [
        procedure(f"DELETE FROM {T} WHERE k = p_k AND TRUE;", "p_k INT64"),
        procedure(f"UPDATE {T} AS a SET k = 1 WHERE a.k BETWEEN 1 AND 2;"),
        procedure(f"UPDATE {T} AS a SET k = 1 WHERE a.k = 1 OR a.k = 2;"),
        procedure(f"DELETE FROM {T} AS a WHERE NOT EXISTS (SELECT 1 FROM {T} AS b WHERE b.k = a.k);"),
        procedure(f"DELETE FROM {T} AS a WHERE a.is_active;"),
        procedure(
            f"MERGE {T} AS a USING {T} AS b ON a.k = b.k\n"
            "WHEN MATCHED THEN UPDATE SET k = b.k\nWHEN NOT MATCHED BY SOURCE THEN DELETE;"
        ),
        procedure(f"MERGE {T} AS a USING {T} AS b ON FALSE WHEN NOT MATCHED THEN INSERT (k) VALUES (b.k);"),
    ],
    "insert-columns": [
        procedure(f"INSERT INTO {T} (k) SELECT 1;\nINSERT {T} (k) VALUES (1);\nINSERT INTO scratch (k) (SELECT 1);"),
        procedure(f"MERGE {T} AS a USING {T} AS b ON a.k = b.k WHEN NOT MATCHED THEN INSERT (k) VALUES (b.k);"),
    ],
    "drop-truncate": [
        procedure("SELECT TRUNC(1.5), 'DROP TABLE x';"),
    ],
    "ddl-in-procedure": [
        procedure("CREATE OR REPLACE TEMP TABLE scratch AS SELECT 1 AS k;"),
    ],
    "temp-table-replace": [
        procedure("CREATE OR REPLACE TEMPORARY TABLE scratch AS SELECT 1 AS k;"),
    ],
    "with-before-dml": [
        procedure("WITH b AS (SELECT 1 AS k)\nSELECT b.k FROM b;"),
        procedure(f"INSERT INTO {T} (k) WITH b AS (SELECT 1 AS k) SELECT b.k FROM b;"),
        procedure(
            f"MERGE {T} AS a USING (WITH b AS (SELECT 1 AS k) SELECT b.k FROM b) AS c ON a.k = c.k"
            " WHEN MATCHED THEN DELETE;"
        ),
    ],
    "session-settings": [
        procedure("DECLARE v_rows INT64;\nSET v_rows = @@row_count;\nSELECT @@error.message, @@script.job_id;"),
    ],
    "unsupported-syntax": [
        procedure("IF TRUE THEN\nELSEIF FALSE THEN\nSELECT NULL;\nEND IF;\nSELECT ABS(1) AS open, 2 AS fetch;"),
    ],
}


def test_every_rule_has_examples_that_break_it_and_examples_that_keep_it() -> None:
    assert set(BREACHES) == set(SOUND) == {rule.id for rule in STATEMENT_RULES}


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


@pytest.mark.parametrize(
    ("statement", "fix"),
    [
        pytest.param(f"INSERT INTO {T} (k) VALUES (1) ON CONFLICT DO NOTHING", "use MERGE", id="ON CONFLICT"),
        pytest.param(f"CREATE INDEX i ON {T} (k)", "cluster the table by the column", id="CREATE INDEX"),
        pytest.param(
            "CREATE SCHEDULED QUERY q OPTIONS(schedule='every 6 hours') AS SELECT 1",
            "declare it in config/schedules.yaml",
            id="CREATE SCHEDULED QUERY",
        ),
    ],
)
def test_what_bigquery_does_not_have_is_named_with_what_it_has(
    prepared: Project, request: pytest.FixtureRequest, statement: str, fix: str
) -> None:
    found = [
        each for each in prepared.write(*procedure(f"{statement};")).findings() if each.rule == "unsupported-syntax"
    ]
    name = request.node.callspec.id
    assert [str(each) for each in found] == [
        f"sql/procedures/x.sql:4: {name} does not exist in BigQuery [unsupported-syntax]\n  fix: {fix}"
    ]
