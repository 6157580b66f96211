"""Lint rules on plans, by example."""

from __future__ import annotations

from typing import Any

import pytest

from catalog.lint.plans import PLAN_RULES
from tests.unit.catalog.conftest import Project
from tests.unit.catalog.lint.examples import (
    Breaches,
    Sounds,
    T,
    breaches,
    procedure,
    sounds,
    table_function,
    view,
)

SIX = " UNION ALL ".join(f"SELECT t.k FROM {T} AS t" for _ in range(6))
FIVE = " UNION ALL ".join(f"SELECT t.k FROM {T} AS t" for _ in range(5))
ONCE = "`eros_scheduling_brain.once`"
LATE = "`eros_scheduling_brain.late`"
X_AT = "`eros_scheduling_brain.x_at`"
DAYS = "`eros_scheduling_brain.days`"

BREACHES: Breaches = {
    "plan-size": [
        (view(SIX), 3),
        (procedure(f"CREATE OR REPLACE TEMP TABLE a AS {SIX};"), 4),
        # Temporary tables are tables.
        (procedure(f"SELECT 1 AS k FROM s {' '.join(f'CROSS JOIN s AS s{n}' for n in range(5))};"), 4),
    ],
    "table-function-argument": [
        (view(f"SELECT x.k\nFROM {X_AT}((SELECT MAX(t.k) FROM {T} AS t)) AS x"), 4),
        (view(f"SELECT x.k FROM {X_AT}(COALESCE((SELECT 1), 2)) AS x"), 3),
    ],
    "partition-bound": [
        (view(f"SELECT d.k FROM {DAYS} AS d\nWHERE d.day >= {LATE}(1)"), 4),
        (view(f"SELECT d.k FROM {DAYS} AS d WHERE {LATE}(1) < d.day"), 3),
        (view(f"SELECT d.k FROM {DAYS} AS d WHERE d.day BETWEEN DATE '2025-01-01' AND {LATE}(2)"), 3),
        (table_function(f"SELECT d.k FROM {DAYS} AS d WHERE d.day = (SELECT MAX(e.day) FROM {DAYS} AS e)"), 3),
        (procedure(f"DELETE FROM {DAYS} AS d WHERE d.day < DATE_SUB({LATE}(1), INTERVAL 1 DAY);"), 4),
    ],
}  # fmt: skip

SOUND: Sounds = {
    "plan-size": [view(FIVE), procedure(f"{FIVE};\n{FIVE};")],
    "table-function-argument": [
        procedure(
            f"DECLARE v_now TIMESTAMP DEFAULT (SELECT MAX(d.seen) FROM {DAYS} AS d);"
            f" SELECT x.k FROM {X_AT}(TIMESTAMP_SUB(v_now, INTERVAL 1 DAY)) AS x;"
        ),
        view(f"SELECT t.k, (SELECT MAX(x.k) FROM {X_AT}(TIMESTAMP '2025-01-01 00:00:00+00') AS x) AS m FROM {T} AS t"),
    ],
    "partition-bound": [
        table_function(f"SELECT d.k FROM {DAYS} AS d WHERE d.day >= DATE(p_now, 'America/Los_Angeles')"),
        procedure(f"DECLARE v_day DATE DEFAULT {LATE}(1); DELETE FROM {DAYS} AS d WHERE d.day < v_day;"),
        view(f"SELECT d.k FROM {DAYS} AS d WHERE d.k = {ONCE}(1.0)"),
    ],
}  # fmt: skip


@pytest.fixture
def partitioned(prepared: Project) -> Project:
    described = 'OPTIONS(description="D.")'
    columns = f"(k INT64 {described}, day DATE {described}, seen TIMESTAMP {described})"
    prepared.write("sql/tables/days.sql", f"CREATE TABLE {DAYS} {columns} PARTITION BY day {described}")
    late = f"CREATE OR REPLACE FUNCTION {LATE}(p_n INT64) RETURNS DATE {described} AS (DATE '2025-01-01')"
    prepared.write("sql/functions/late.sql", late)
    return prepared


def test_every_rule_has_examples_that_break_it_and_examples_that_keep_it() -> None:
    assert set(BREACHES) == set(SOUND) == {rule.id for rule in PLAN_RULES}


@pytest.mark.parametrize(("rule", "path", "text", "line"), breaches(BREACHES))
def test_a_breach_is_found_at_its_line_by_its_rule_and_no_other(
    partitioned: Project, rule: str, path: str, text: str, line: int
) -> None:
    findings = partitioned.write(path, text).findings()
    assert [(finding.location.line, finding.rule) for finding in findings] == [(line, rule)]
    assert findings[0].fix


@pytest.mark.parametrize(("path", "text"), sounds(SOUND))
def test_sound_sql_near_the_rule_is_left_alone(partitioned: Project, path: Any, text: Any) -> None:
    assert partitioned.write(path, text).places() == []


def test_a_breach_of_the_size_names_the_table_and_how_it_is_reached(partitioned: Project) -> None:
    partitioned.write(*view(SIX))
    (found,) = partitioned.findings()
    assert "t is read 6 times in one statement, 5 are allowed" in str(found)
