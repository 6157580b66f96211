"""What an incremental materialized view may hold, by example."""

from __future__ import annotations

from typing import Any

import pytest

from catalog.lint.materialized import MATERIALIZED_RULES
from tests.unit.catalog.conftest import Project
from tests.unit.catalog.lint.examples import NAME, Breaches, File, Sounds, T, breaches, materialized, sounds


def computed_anew(options: str, query: str) -> File:
    header = f'CREATE OR REPLACE MATERIALIZED VIEW {NAME} OPTIONS(description="D.", {options})'
    return "sql/materialized_views/x.sql", f"{header}\nAS {query}"


ROW_NUMBER = f"SELECT t.k, ROW_NUMBER() OVER (ORDER BY t.k) AS n FROM {T} AS t"
BREACHES: Breaches = {
    "materialized-view-shape": [
        (materialized("SELECT `eros_scheduling_brain.once`(1.0) AS k"), 3),
        (materialized(ROW_NUMBER), 3),
        (materialized(f"SELECT t.k, COUNT(DISTINCT t.k) AS n FROM {T} AS t GROUP BY t.k"), 3),
        (materialized(f"SELECT t.k FROM {T} AS t LIMIT 5"), 3),
        (materialized(f"SELECT t.k, SUM(RAND()) AS n FROM {T} AS t GROUP BY t.k"), 3),
        (materialized(f"SELECT t.k, MAX(SESSION_USER()) AS n FROM {T} AS t GROUP BY t.k"), 3),
        (materialized(f"SELECT t.k, STDDEV(t.k) AS n FROM {T} AS t GROUP BY t.k"), 3),
        (materialized(f"SELECT t.k, COUNT(*) AS n FROM {T} AS t GROUP BY t.k HAVING COUNT(*) > 1"), 3),
        (materialized(f"SELECT t.k FROM {T} AS t UNION ALL SELECT 1 AS k"), 3),
        (computed_anew("allow_non_incremental_definition=true", ROW_NUMBER), 1),
    ],
}

SOUND: Sounds = {
    "materialized-view-shape": [
        materialized(f"SELECT t.k, COUNT(*) AS n, SUM(t.k) AS s, AVG(t.k) AS a FROM {T} AS t GROUP BY t.k"),
        materialized(f"SELECT t.k, COUNTIF(t.k > 1) AS n, MAX(t.k) AS m FROM {T} AS t WHERE t.k > 0 GROUP BY t.k"),
        computed_anew("allow_non_incremental_definition=true, max_staleness=INTERVAL 4 HOUR", ROW_NUMBER),
    ],
}


def test_an_outer_or_self_join_is_refused(prepared: Project) -> None:
    for join, what in (("LEFT JOIN", "a LEFT JOIN"), ("INNER JOIN", "a table joined to itself")):
        query = f"SELECT t.k FROM {T} AS t {join} {T} AS u ON t.k = u.k"
        messages = [str(finding) for finding in prepared.write(*materialized(query)).findings()]
        assert any(what in message for message in messages)


def test_every_rule_has_examples_that_break_it_and_examples_that_keep_it() -> None:
    assert set(BREACHES) == set(SOUND) == {rule.id for rule in MATERIALIZED_RULES}


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
