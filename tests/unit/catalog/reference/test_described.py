"""`python -m catalog check` and `reference` refuse a result with a column that nobody described."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from catalog import Placement
from catalog.__main__ import main
from tests.unit.catalog.conftest import Project

TABLE = 'CREATE TABLE `eros_scheduling_brain.a` (x INT64 OPTIONS(description="X.")) OPTIONS(description="T.");'
VIEW = """\
CREATE OR REPLACE VIEW `eros_scheduling_brain.v`
OPTIONS(description="V.")
AS
SELECT
  a.x,
  {note}a.x + 1 AS y
FROM `eros_scheduling_brain.a` AS a;
"""
FUNCTION = """\
CREATE OR REPLACE TABLE FUNCTION `eros_scheduling_brain.f`(p_s STRUCT<a INT64, b INT64>)
RETURNS TABLE<
  x INT64,
  {note}y ARRAY<STRUCT<z INT64, u INT64>>
>
OPTIONS(description="F.")
AS
SELECT a.x, [STRUCT(1 AS z, 2 AS u)] AS y FROM `eros_scheduling_brain.a` AS a;
"""


@pytest.fixture
def refused(project: Project, capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """What a verb says to a project with this view (and function)."""

    def refused(view: str, function: str = "", verb: str = "check") -> str:
        project.write("sql/tables/a.sql", TABLE).write("sql/views/v.sql", view)
        if function:
            project.write("sql/table_functions/f.sql", function)
        code = main([verb, str(project.root)])
        printed = capsys.readouterr()
        assert code == (1 if printed.err else 0)
        assert not printed.err or not printed.out
        return printed.err

    return refused


@pytest.mark.parametrize("verb", ["check", "reference"])
def test_a_computed_column_without_description_is_refused_where_it_stands_with_the_fix(
    refused: Callable[..., str], project: Project, verb: str
) -> None:
    assert refused(VIEW.format(note=""), verb=verb) == (
        "1 error in the catalog:\n"
        "sql/views/v.sql:6: column y is computed and has no description [description]\n"
        "  fix: write --: what it means, in which unit, what null means, above it in the outermost SELECT\n"
    )
    assert not (project.root / "docs").exists()


def test_the_note_that_the_fix_asks_for_is_enough(refused: Callable[..., str]) -> None:
    assert refused(VIEW.format(note="--: One more.\n  "), FUNCTION.format(note="--: Pairs.\n  ")) == ""


def test_a_table_function_is_refused_at_the_column_that_it_declares(refused: Callable[..., str]) -> None:
    found = refused(VIEW.format(note="--: One more.\n  "), FUNCTION.format(note=""))
    assert "sql/table_functions/f.sql:4: column y is computed" in found
    assert "above it in RETURNS TABLE<...>" in found


def test_a_column_is_refused_once_where_it_comes_from(refused: Callable[..., str], project: Project) -> None:
    project.write(
        "sql/views/w.sql",
        'CREATE OR REPLACE VIEW `eros_scheduling_brain.w` OPTIONS(description="W.") AS\n'
        "SELECT v.y AS z FROM `eros_scheduling_brain.v` AS v;",
    )
    assert "1 error" in refused(VIEW.format(note=""))


def test_a_note_that_repeats_what_is_inherited_is_refused(refused: Callable[..., str]) -> None:
    view = VIEW.format(note="--: One more.\n  ").replace("  a.x,", "  --: X.\n  a.x,")
    assert "sql/views/v.sql:5: column x has the description of a.x already" in refused(view)


@pytest.mark.parametrize(
    ("view", "line"),
    [
        (VIEW.format(note="").replace("AS y\n", "AS y --: Behind it.\n"), 6),
        (VIEW.format(note="--: One more.\n  ").replace("FROM", "--: Above none.\nFROM"), 8),
        ("--: Above the statement.\n" + VIEW.format(note="--: One more.\n  "), 1),
        (VIEW.format(note="--: One more.\n\n  --: Once more.\n  "), 6),
    ],
    ids=["behind", "above-none", "head", "twice"],
)
def test_a_note_above_no_column_is_refused(refused: Callable[..., str], view: str, line: int) -> None:
    assert f"sql/views/v.sql:{line}: a note --: that stands above no column of the result" in refused(view)


def test_what_may_be_nested_may_be_documented(refused: Callable[..., str]) -> None:
    deep = f"{'ABS(1 + ' * 195}a.x{')' * 195} AS y"
    assert refused(VIEW.format(note="--: One more.\n  ").replace("a.x + 1 AS y", deep)) == ""


def test_notes_are_no_part_of_what_is_deployed(project: Project) -> None:
    """Adding, changing or taking out a note changes no deployed object; any other comment is deployed as written."""
    project.write("sql/tables/a.sql", TABLE)
    deployed = []
    for note in ("", "--: One more.\n  --: And more.\n  "):
        view = VIEW.format(note=note).replace("  a.x,", '  -- Plain.\n  a.x,\n  """\n--: text\n""" AS t,')
        project.write("sql/views/v.sql", view)
        deployed.append(project.load().views["v"].query(Placement("p", "d")))
    assert (
        deployed[0]
        == deployed[1]
        == ('SELECT\n  -- Plain.\n  a.x,\n  """\n--: text\n""" AS t,\n  a.x + 1 AS y\nFROM `p.d.a` AS a')
    )
