"""Text and code on a page: whatever is in a description shows as written and breaks no table."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.reference import markdown


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("plain, with snake_case", "plain, with snake_case"),
        ("a | b", r"a \| b"),
        ("a `b` *c* [d](e)", r"a \`b\` \*c\* \[d\](e)"),
        ("<b>&amp;", "&lt;b&gt;&amp;amp;"),
        ("_emphasis_ and ~this~", r"\_emphasis\_ and \~this\~"),
        ("two\nlines\r\n\tof text", "two lines of text"),
        ("quotes \"stay\" 'here'", "quotes \"stay\" 'here'"),
        ("back\\slash", r"back\\slash"),
    ],
)
def test_text_shows_as_written(value: str, shown: str) -> None:
    assert markdown.text(value) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("", ""),
        ("INT64", "`INT64`"),
        ("a || b", r"`a \|\| b`"),
        ("`x`", "`` `x` ``"),
        ("``x", "``` ``x ```"),
        ("a\n  b", "`a b`"),
    ],
)
def test_code_is_fenced_by_more_than_it_holds(value: str, shown: str) -> None:
    assert markdown.code(value) == shown


@given(st.lists(st.text(alphabet="ab|`\\\n\r\"'<&*_[]", max_size=12), min_size=2, max_size=2))
def test_a_row_has_its_number_of_cells_whatever_they_say(values: list[str]) -> None:
    for cell in (markdown.text, markdown.code):
        row = f"| {' | '.join(map(cell, values))} |"
        assert len(row.splitlines()) == 1
        assert _bars(row) == 3


def _bars(row: str) -> int:
    """Bars that part cells: GitHub takes those for text that have a backslash before them, in code too."""
    return sum(character == "|" and row[:at][-1:] != "\\" for at, character in enumerate(row))


def test_a_column_that_is_empty_in_every_row_is_left_out() -> None:
    lines = markdown.table(["A", "B", "C"], [["1", "", "x"], ["2", "", ""]])
    assert lines == ["| A | C |", "| --- | --- |", "| 1 | x |", "| 2 |  |"]
