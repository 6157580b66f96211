"""Lint rules on table declarations, by example."""

from __future__ import annotations

from typing import Any

import pytest

from catalog.lint.table_rules import TABLE_RULES
from tests.unit.catalog.conftest import Project
from tests.unit.catalog.lint.examples import DESCRIBED, NAME, Breaches, Sounds, breaches, column, sounds, table

BREACHES: Breaches = {
    "cluster-columns": [
        (table(",\n".join(column(f"c{n} INT64") for n in range(5)), "CLUSTER BY c0, c1, c2, c3, c4"), 1),
        (table(column("a FLOAT64"), "CLUSTER BY a"), 1),
        (table(column("a ARRAY<STRING>"), "CLUSTER BY a"), 1),
        (table(column("a JSON"), "CLUSTER BY a"), 1),
        (table(column("a INT64"), "CLUSTER BY b"), 1),
        (table(column("a INT64"), "CLUSTER BY a, a"), 1),
        (table(column("a INT64"), "CLUSTER BY A"), 1),
    ],
    "partition-column": [
        (table(column("a STRING"), "PARTITION BY a"), 1),
        (table(column("a STRING"), "PARTITION BY DATE(a)"), 1),
        (table(column("a TIMESTAMP"), "PARTITION BY a"), 1),
        (table(column("a TIMESTAMP"), "PARTITION BY DATE_TRUNC(a, MONTH)"), 1),
        (table(column("a STRING"), "PARTITION BY RANGE_BUCKET(a, GENERATE_ARRAY(0, 9, 1))"), 1),
        (table(column("a INT64"), "PARTITION BY b"), 1),
        (table(column("a DATE"), "PARTITION BY A"), 1),
        (table(column("a ARRAY<DATE>"), "PARTITION BY a"), 1),
        (
            (
                "sql/tables/x.sql",
                f'CREATE TABLE {NAME} ({column("a INT64")}) OPTIONS(description="D.", require_partition_filter=TRUE)',
            ),
            1,
        ),
    ],
    "description": [
        (table("a INT64"), 3),
        (table(f'a INT64 OPTIONS(description="{"d" * 1025}")'), 3),
        (table(column("a INT64") + ',\nb STRING OPTIONS(description=" ")'), 4),
        (table("a STRUCT<\nb INT64> " + DESCRIBED), 4),
        (("sql/tables/x.sql", f"CREATE TABLE {NAME} ({column('a INT64')})"), 1),
    ],
    "decimal-type": [
        (table(column("a DECIMAL")), 3),
        (table(column("a ARRAY<STRUCT<b BIGDECIMAL OPTIONS(description='B.')>>")), 3),
    ],
    "label-form": [
        (
            (
                "sql/tables/x.sql",
                f'CREATE TABLE {NAME} ({column("a INT64")}) OPTIONS(description="D.", labels=[("System", "eros")])',
            ),
            1,
        ),
    ],
    "column-names": [
        (table(column("a INT64") + ",\n" + column("A STRING")), 4),
        (table(column("`a-b` INT64")), 3),
        (table(column("_PARTITIONTIME TIMESTAMP")), 3),
        (table(column("select INT64")), 3),
        (table(column("`Order` INT64")), 3),
    ],
    "column-count": [
        (table(""), 1),
        (table(",\n".join(column(f"c{n} INT64") for n in range(10_001))), 1),
    ],
    "type-parameters": [
        (table(column("a NUMERIC(99, 99)")), 3),
        (table(column("a NUMERIC(40, 9)")), 3),
        (table(column("a BIGNUMERIC(5, 6)")), 3),
        (table(column("a STRING(0)")), 3),
    ],
}

SOUND: Sounds = {
    "cluster-columns": [
        table(",\n".join(column(f"c{n} INT64") for n in range(4)), "CLUSTER BY c0, c1, c2, c3"),
        table(column("a TIMESTAMP") + "," + column("b BOOL"), "CLUSTER BY a, b"),
    ],
    "partition-column": [
        table(column("a DATE"), "PARTITION BY a"),
        table(column("a TIMESTAMP"), "PARTITION BY DATE(a)"),
        table(column("a DATETIME"), "PARTITION BY DATE(a)"),
        table(column("a DATE"), "PARTITION BY DATE_TRUNC(a, YEAR)"),
        table(column("a INT64"), "PARTITION BY RANGE_BUCKET(a, GENERATE_ARRAY(0, 9, 1))"),
    ],
    "description": [
        table(column("a STRUCT<b INT64 OPTIONS(description='B.')>")),
        table(f'a INT64 OPTIONS(description="{"d" * 1024}")'),
    ],
    "decimal-type": [
        table(column("a NUMERIC") + "," + column("b BIGNUMERIC")),
    ],
    "label-form": [
        (
            "sql/tables/x.sql",
            f'CREATE TABLE {NAME} ({column("a INT64")}) OPTIONS(description="D.", labels=[("a_b-1", "90d")])',
        ),
    ],
    "column-names": [
        table(column("a INT64") + "," + column("b STRUCT<a INT64 OPTIONS(description='A.')>")),
        table(column("selected INT64") + "," + column("date DATE")),
    ],
    "column-count": [
        table(",\n".join(column(f"c{n} INT64") for n in range(10_000))),
    ],
    "type-parameters": [
        table(column("a NUMERIC(38, 9)") + "," + column("b BIGNUMERIC(76, 38)") + "," + column("c STRING(1)")),
        table(column("a NUMERIC(29)") + "," + column("b NUMERIC(9, 9)")),
    ],
}


def test_every_rule_has_examples_that_break_it_and_examples_that_keep_it() -> None:
    assert set(BREACHES) == set(SOUND) == {rule.id for rule in TABLE_RULES}


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
