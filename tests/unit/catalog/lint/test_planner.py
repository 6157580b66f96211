"""Lint rules on what BigQuery's planner refuses, by example."""

from __future__ import annotations

from typing import Any

import pytest

from catalog.lint.planner import PLANNER_RULES
from tests.unit.catalog.conftest import Project
from tests.unit.catalog.lint.examples import Breaches, Sounds, T, breaches, procedure, sounds, view

BREACHES: Breaches = {
    "outer-join-equality": [
        (view(f"SELECT b.k AS k FROM {T} AS b\nLEFT JOIN {T} AS c ON c.k > b.k"), 4),
        (view(f"SELECT b.k AS k FROM {T} AS b FULL JOIN {T} AS c ON c.k = 1 AND b.k = 2"), 3),
        (view(f"SELECT b.k AS k FROM {T} AS b RIGHT JOIN {T} AS c ON c.k = b.k OR c.k = b.k + 1"), 3),
        (procedure(f"SELECT 1;\nSELECT b.k FROM {T} AS b LEFT JOIN {T} AS c ON c.k = c.k;"), 5),
    ],
    "correlated-subquery": [
        (view(f"SELECT t.k, (SELECT u.k FROM {T} AS u WHERE u.k < t.k ORDER BY u.k LIMIT 1) AS j FROM {T} AS t"), 3),
        (view(f"SELECT t.k FROM {T} AS t WHERE t.k = (SELECT u.k FROM {T} AS u WHERE u.k = t.k LIMIT 1)"), 3),
    ],
}

SOUND: Sounds = {
    "outer-join-equality": [
        view(f"SELECT b.k AS k FROM {T} AS b LEFT JOIN {T} AS c ON c.k = b.k AND c.k > 5"),
        view(f"SELECT b.k AS k FROM {T} AS b LEFT JOIN {T} AS c ON 2 * c.k = b.k + 1"),
        view(f"SELECT b.k AS k FROM {T} AS b LEFT JOIN {T} AS c USING (k)"),
        view(f"SELECT b.k AS k, x AS x FROM {T} AS b LEFT JOIN UNNEST([1]) AS x ON x > b.k"),
        view(f"SELECT b.k AS k FROM {T} AS b INNER JOIN {T} AS c ON c.k > b.k"),
        view(f"SELECT b.k AS k FROM {T} AS b LEFT JOIN {T} AS c ON c.k IS NOT DISTINCT FROM b.k"),
    ],
    "correlated-subquery": [
        view(f"SELECT t.k, (SELECT MAX(u.k) FROM {T} AS u WHERE u.k = t.k) AS j FROM {T} AS t"),
        view(f"SELECT t.k, (SELECT u.k FROM {T} AS u ORDER BY u.k LIMIT 1) AS j FROM {T} AS t"),
        view("SELECT (SELECT x FROM UNNEST(t.list) AS x ORDER BY x LIMIT 1) AS j FROM (SELECT [1, 2] AS list) AS t"),
        view(f"SELECT s.k FROM (SELECT t.k FROM {T} AS t ORDER BY t.k LIMIT 5) AS s"),
    ],
}


def test_every_rule_has_examples_that_break_it_and_examples_that_keep_it() -> None:
    assert set(BREACHES) == set(SOUND) == {rule.id for rule in PLANNER_RULES}


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
