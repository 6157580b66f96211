"""Exceptions to lint rules: narrow, with a reason, and only as long as they are needed."""

from __future__ import annotations

import pytest

from tests.unit.catalog.conftest import Project

VIEW = 'CREATE OR REPLACE VIEW `eros_scheduling_brain.v` OPTIONS(description="V.") AS\n{body}'
BODY = "SELECT x.k\nFROM (SELECT 1 AS k) AS x\n{comment}\nORDER BY x.k"
GOOD = "-- lint: allow outer-order-by because the export tool reads the first rows only"


def view(comment: str) -> str:
    return VIEW.format(body=BODY.format(comment=comment))


def test_an_allowance_on_the_line_above_silences_its_rule(project: Project) -> None:
    assert project.write("sql/views/v.sql", view(GOOD)).places() == []


def test_without_it_the_rule_speaks(project: Project) -> None:
    assert project.write("sql/views/v.sql", view("-- fine")).places() == [("sql/views/v.sql", 5, "outer-order-by")]


def test_an_allowance_may_be_a_block_comment_of_several_lines(project: Project) -> None:
    comment = "/* lint: allow outer-order-by because\n   the export tool reads the first rows only */"
    assert project.write("sql/views/v.sql", view(comment)).places() == []


def test_two_allowances_may_stand_above_one_line(project: Project) -> None:
    body = (
        "-- lint: allow view-select-star because it mirrors the table\n"
        "-- lint: allow not-in-subquery because k is never null\n"
        "SELECT * FROM (SELECT 1 AS k) AS x WHERE x.k NOT IN (SELECT 2)"
    )
    assert project.write("sql/views/v.sql", VIEW.format(body=body)).places() == []


def test_an_allowance_does_not_reach_beyond_the_next_line_of_sql(project: Project) -> None:
    body = f"{GOOD}\nSELECT x.k\nFROM (SELECT 1 AS k) AS x\nORDER BY x.k"
    assert project.write("sql/views/v.sql", VIEW.format(body=body)).places() == [
        ("sql/views/v.sql", 2, "lint-comment"),
        ("sql/views/v.sql", 5, "outer-order-by"),
    ]


@pytest.mark.parametrize(
    ("comment", "message"),
    [
        ("-- lint: allow outer-order-by", "no allowance"),
        ("-- lint: allow outer-order-by because", "no allowance"),
        ("-- lint: ignore outer-order-by because I say so", "no allowance"),
        ("-- lint: allow everything because I say so", "everything is no lint rule"),
    ],
)
def test_an_allowance_without_reason_or_known_rule_is_a_finding_and_allows_nothing(
    project: Project, comment: str, message: str
) -> None:
    findings = project.write("sql/views/v.sql", view(comment)).findings()
    assert any(message in str(finding) for finding in findings)
    assert "outer-order-by" in [finding.rule for finding in findings]


def test_an_allowance_that_is_not_needed_any_more_is_a_finding(project: Project) -> None:
    text = VIEW.format(body=f"{GOOD}\nSELECT x.k FROM (SELECT 1 AS k) AS x")
    (finding,) = project.write("sql/views/v.sql", text).findings()
    assert "outer-order-by is not broken on line 3" in str(finding)


def test_a_text_that_looks_like_an_allowance_is_none(project: Project) -> None:
    text = VIEW.format(body=f"SELECT '{GOOD}' AS k\nFROM (SELECT 1) AS x\nORDER BY 1")
    assert project.write("sql/views/v.sql", text).places() == [("sql/views/v.sql", 4, "outer-order-by")]
