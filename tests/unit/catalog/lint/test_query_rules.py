"""Lint rules on queries, by example."""

from __future__ import annotations

from typing import Any

import pytest

from catalog.lint.query_rules import QUERY_RULES
from tests.unit.catalog.conftest import Project
from tests.unit.catalog.lint.examples import (
    Breaches,
    Sounds,
    T,
    breaches,
    function,
    materialized,
    procedure,
    sounds,
    table_function,
    view,
)

BREACHES: Breaches = {
    "view-select-star": [
        (view(f"SELECT * FROM {T}"), 3),
        (view(f"SELECT t.* FROM {T} AS t"), 3),
        (view(f"WITH a AS (SELECT k FROM {T})\nSELECT a.k, * FROM a"), 4),
        (view(f"SELECT t.k FROM {T} AS t\nUNION ALL\nSELECT DISTINCT * FROM {T}"), 5),
    ],
    "outer-order-by": [
        (view(f"SELECT t.k FROM {T} AS t\nORDER BY t.k"), 4),
        (table_function(f"SELECT t.k FROM {T} AS t ORDER BY t.k"), 3),
        (materialized(f"SELECT t.k FROM {T} AS t ORDER BY t.k"), 3),
    ],
    "query-options": [
        # The parser stumbles over it too, without saying why.
        (view("SELECT 1 AS k\n-- lint: allow sql-syntax because the other rule explains it\nOPTIONS(a='x')"), 5),
    ],
    "table-function-with": [
        (table_function(f"WITH a AS (SELECT k FROM {T}) SELECT a.k FROM a"), 3),
    ],
    "not-in-subquery": [
        (view(f"SELECT t.k FROM {T} AS t WHERE t.k NOT IN (\nSELECT k FROM {T})"), 3),
    ],
    "approx-quantiles": [
        (view(f"SELECT APPROX_QUANTILES(t.k, 2) AS k FROM {T} AS t"), 3),
    ],
    "rand-argument": [
        (function("", "`eros_scheduling_brain.twice`(1 - RAND())"), 3),
    ],
    "division": [
        (view(f"SELECT SUM(t.k) / COUNTIF(t.k > 1) AS k FROM {T} AS t"), 3),
        (view(f"SELECT SUM(t.k) / SUM(IF(t.k > 1, 1, 0)) AS k FROM {T} AS t"), 3),
    ],
}

SOUND: Sounds = {
    "view-select-star": [
        view(f"WITH a AS (SELECT * FROM {T}) SELECT COUNT(*) AS k, 2 * 3 AS j, (SELECT COUNT(*)) * 2 AS i FROM a"),
        table_function(f"SELECT * FROM (WITH a AS (SELECT k FROM {T}) SELECT a.k FROM a)"),
    ],
    "outer-order-by": [
        view(f"SELECT t.k FROM {T} AS t ORDER BY t.k LIMIT 5"),
        view(f"SELECT ARRAY_AGG(t.k ORDER BY t.k) AS k, ROW_NUMBER() OVER (ORDER BY 1) AS n FROM {T} AS t"),
        procedure(f"SELECT t.k FROM {T} AS t ORDER BY t.k;"),
    ],
    "query-options": [
        procedure("CREATE OR REPLACE TEMP TABLE scratch OPTIONS(description='x') AS SELECT 1 AS k;"),
        view("SELECT 1 AS options"),
    ],
    "table-function-with": [
        table_function(f"SELECT w.k FROM (WITH a AS (SELECT k FROM {T}) SELECT a.k FROM a) AS w"),
        view(f"WITH a AS (SELECT k FROM {T}) SELECT a.k FROM a"),
    ],
    "not-in-subquery": [
        view(f"SELECT t.k FROM {T} AS t WHERE t.k NOT IN (1, 2) AND t.k IN (SELECT k FROM {T})"),
    ],
    "approx-quantiles": [
        view(f"SELECT PERCENTILE_CONT(t.k, 0.5) OVER () AS approx_quantiles FROM {T} AS t"),
    ],
    "rand-argument": [
        function("", "`eros_scheduling_brain.once`(RAND()) + `eros_scheduling_brain.twice`(0.5) + RAND()"),
    ],
    "division": [
        view(f"SELECT t.k / 7 AS k, SUM(t.k) / COUNT(*) AS j, SAFE_DIVIDE(1, COUNTIF(t.k > 1)) AS i FROM {T} AS t"),
        function("p_n FLOAT64", "1 / SQRT(p_n + 1)"),
    ],
}


def test_every_rule_has_examples_that_break_it_and_examples_that_keep_it() -> None:
    assert set(BREACHES) == set(SOUND) == {rule.id for rule in QUERY_RULES}


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
