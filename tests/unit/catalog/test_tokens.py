"""Tokens and comments: strings, comments and names are told apart exactly, with their lines."""

from __future__ import annotations

from pathlib import Path

import pytest

from catalog.addresses import Placement
from catalog.errors import CatalogError
from catalog.references import LogicalSql
from catalog.tokens import Kind, SqlText


def text(sql: str) -> SqlText:
    return SqlText(Path("sql/x.sql"), sql)


def test_keywords_stay_single_words_and_scripts_come_through_token_by_token() -> None:
    words = [token.text for token in text("BEGIN CALL f(1); LOOP ORDER BY a; END LOOP; END").tokens]
    assert "|".join(words) == "BEGIN|CALL|f|(|1|)|;|LOOP|ORDER|BY|a|;|END|LOOP|;|END"


def test_a_token_knows_where_it_begins_even_when_it_spans_lines() -> None:
    tokens = text('SELECT\n  """a\nb""",\n  `x`').tokens
    assert [(token.kind, token.line) for token in tokens] == [
        (Kind.WORD, 1),
        (Kind.STRING, 2),
        (Kind.SYMBOL, 3),
        (Kind.QUOTED, 4),
    ]


@pytest.mark.parametrize(
    ("literal", "value"),
    [
        ("'it\\'s'", "it's"),
        ('"say \\"no\\""', 'say "no"'),
        ("r'\\d+\\''", "\\d+\\'"),
        ('"""two\nlines"""', "two\nlines"),
        ("'''don't'''", "don't"),
        (r"'tab\t, caf\u00e9, \x41, \\'", "tab\t, café, A, \\"),
        (r"'really\?\`'", "really?`"),
        (r"'\\?'", "\\?"),
        ("''", ""),
    ],
)
def test_a_string_literal_gives_its_value(literal: str, value: str) -> None:
    (token,) = text(literal).tokens
    assert (token.kind, token.string_value()) == (Kind.STRING, value)


def test_names_in_strings_and_comments_are_no_references() -> None:
    source = text(
        "-- `eros_scheduling_brain.a`\n"
        "# `eros_scheduling_brain.b`\n"
        "/* `eros_scheduling_brain.c`\n */ SELECT '`eros_scheduling_brain.d`', r\"`eros_scheduling_brain.e`\",\n"
        '"""`eros_scheduling_brain.f`""" FROM `eros_scheduling_brain.real`'
    )
    sql = LogicalSql(source, source.tokens)
    assert [(reference.name, reference.line) for reference in sql.references] == [("real", 5)]
    assert sql.qualified(Placement("p", "d")).endswith('"""`eros_scheduling_brain.f`""" FROM `p.d.real`')


def test_comments_are_found_with_their_lines_and_none_inside_strings() -> None:
    comments = text('SELECT \'-- no\', 1 -- one\n# two\n/* three\n */ , """# no""" --four').comments
    assert [(comment.text, comment.line) for comment in comments] == [("one", 1), ("two", 2), ("three", 3), ("four", 4)]


@pytest.mark.parametrize(
    ("sql", "line"),
    [
        ("SELECT 1,\n 'abc", 2),
        ('SELECT 1,\n\n """abc"', 3),
        ("/* never\nclosed", 1),
        ("SELECT 'fine', r'\\d' -- don't\n, `x", 2),
        ("SELECT 'two\nlines'", 1),
    ],
)
def test_what_is_never_closed_is_refused_at_its_beginning(sql: str, line: int) -> None:
    with pytest.raises(CatalogError) as refusal:
        text(sql)
    assert refusal.value.location.line == line
