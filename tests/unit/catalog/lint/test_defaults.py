"""DEFAULT of columns, by example."""

from __future__ import annotations

from typing import Any

import pytest

from catalog.lint.defaults import DEFAULT_RULES
from tests.unit.catalog.conftest import Project
from tests.unit.catalog.lint.examples import Breaches, Sounds, breaches, column, sounds, table

BREACHES: Breaches = {
    "default-value": [
        (table(column("a STRING DEFAULT UPPER('x')")), 3),
        (
            table(
                column("a INT64")
                + ",\n"
                + column("b TIMESTAMP DEFAULT TIMESTAMP_ADD(CURRENT_TIMESTAMP(), INTERVAL 1 DAY)")
            ),
            4,
        ),
        (table(column("a INT64 DEFAULT 'x'")), 3),
        (table(column("a INT64 DEFAULT 1.5")), 3),
        (table(column("a STRING DEFAULT 1")), 3),
        (table(column("a DATE DEFAULT CURRENT_TIMESTAMP()")), 3),
        (table(column("a BOOL DEFAULT 0")), 3),
        (table(column("a ARRAY<INT64> DEFAULT NULL")), 3),
        (table(column("a ARRAY<INT64> DEFAULT 1")), 3),
        (table(column("a INT64 DEFAULT [1]")), 3),
        (table(column("a INT64 DEFAULT 1 + 1")), 3),
        (table(column("a STRING DEFAULT (SELECT 'x')")), 3),
    ],
}

SOUND: Sounds = {
    "default-value": [
        table(column("a STRING DEFAULT 'x'") + "," + column("b STRING DEFAULT GENERATE_UUID()")),
        table(
            column("a INT64 DEFAULT -1")
            + ","
            + column("b FLOAT64 DEFAULT 0")
            + ","
            + column("c FLOAT64 DEFAULT RAND()")
        ),
        table(column("a NUMERIC DEFAULT 1.5") + "," + column("b BIGNUMERIC DEFAULT NUMERIC '1.5'")),
        table(column("a TIMESTAMP DEFAULT CURRENT_TIMESTAMP()") + "," + column("b DATE DEFAULT CURRENT_DATE('UTC')")),
        table(column("a DATE DEFAULT '2025-01-01'") + "," + column("b DATE DEFAULT DATE '2025-01-01'")),
        table(column("a BOOL DEFAULT TRUE") + "," + column("b INT64 DEFAULT NULL")),
        table(column("a ARRAY<DATE> DEFAULT [CURRENT_DATE('UTC'), DATE '2020-01-01']")),
        table(column("a STRING DEFAULT SESSION_USER()") + "," + column("b BYTES DEFAULT b'x'")),
    ],
}


def test_every_rule_has_examples_that_break_it_and_examples_that_keep_it() -> None:
    assert set(BREACHES) == set(SOUND) == {rule.id for rule in DEFAULT_RULES}


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
