"""What a table's column holds of a creator, and what an erasure does to it: `--@ HOLDS, ACTION` on the line above.

BigQuery has labels on tables and none on columns (docs/decisions/0040-personal-data.md), so the column's declaration
says it, and the table's label `personal_data` follows from its columns. Which columns must say so is the business of
`catalog.personal_columns`, what an erasure does with it that of `operations.erasing`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from catalog.errors import CatalogError, finding
from catalog.schema import Column, Personal, walk
from catalog.tokens import SqlText

LABEL = "personal_data"
MARK = "@"
# What may be declared, with the meaning that the reference shows.
FORMS: Mapping[tuple[str, str], str] = {
    ("page", "delete"): "names a page: its rows go",
    ("page", "replace"): "names a page: a pseudonym takes its place",
    ("caption", "delete"): "names a caption: its rows go",
    ("caption", "clear"): "names a caption: emptied, the row stays",
    ("text", "clear"): "a caption's text: emptied",
    ("revenue", ""): "a page's revenue: goes with the page's rows",
    ("words", "replace"): "words that may name a page or caption: a pseudonym takes its place",
}
NONE = re.compile(r"none because (\S.*)")
FIX = "write --@ " + ", --@ ".join(", ".join(filter(None, form)) for form in FORMS) + " or --@ none because REASON"


@dataclass(frozen=True, slots=True)
class Marked:
    """A declared column: its dotted path and what it holds."""

    path: str
    column: Column
    personal: Personal


def marked(columns: Iterable[Column]) -> list[Marked]:
    """The columns and nested fields that hold something of a creator."""
    return [
        Marked(path, column, column.personal)
        for path, column in walk(columns)
        if column.personal and column.personal.holds != "none"
    ]


def meaning(personal: Personal) -> str:
    """For the reference; '' for a column that holds nothing."""
    return FORMS.get((personal.holds, personal.action), "")


def label(columns: Iterable[Column]) -> dict[str, str]:
    """The table's label: what its columns hold, as BigQuery takes values of labels."""
    holds = sorted({one.personal.holds for one in marked(columns)})
    return {LABEL: "-".join(holds)} if holds else {}


def declared(source: SqlText, columns: tuple[Column, ...]) -> tuple[Column, ...]:
    """The columns with what the lines above them say. Raises CatalogError for a line that says nothing."""
    marks: dict[int, Personal] = {}
    for line, found in _marks(source):
        if marks.setdefault(line, found) is not found:
            raise _wrong(source, line, "two marks --@ above one column")
    known = tuple(_with(column, marks) for column in columns)
    if marks:
        line = min(marks)
        raise _wrong(source, line, "a mark --@ that stands above no column")
    return known


def _marks(source: SqlText) -> Iterator[tuple[int, Personal]]:
    """By the line of the column: the next one that holds SQL."""
    for comment in source.comments:
        if comment.text.startswith(MARK):
            below = next((token.line for token in source.tokens if token.line > comment.line), comment.line)
            yield below, _read(source, comment.line, comment.text.removeprefix(MARK).strip())


def _read(source: SqlText, line: int, text: str) -> Personal:
    if match := NONE.fullmatch(text):
        return Personal("none", "", match[1])
    holds, _, action = (part.strip() for part in text.partition(","))
    if (holds, action) not in FORMS:
        raise _wrong(source, line, f"--@ {text} says nothing that an erasure knows")
    return Personal(holds, action)


def _with(column: Column, marks: dict[int, Personal]) -> Column:
    found = marks.pop(column.line, None)
    fields = tuple(_with(field, marks) for field in column.fields)
    return replace(column, personal=found, fields=fields)


def _wrong(source: SqlText, line: int, message: str) -> CatalogError:
    return finding(source.path, line, message, fix=FIX, rule="personal-data")
