"""What a table is declared as in a rollback: the target's text, without anything that would take rows or values away.

BigQuery cannot undo every change (a widened type, a column that is no longer REQUIRED), a column that goes takes its
values along, and a shorter expiry deletes partitions. So columns stand in the order of now; each is declared as the
target declares it where type and mode are the same, and as it is now otherwise. A column of the target that is gone
comes back empty, so it cannot be REQUIRED.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from catalog.cursor import Cursor
from catalog.model import Table, TimePartitioning
from catalog.schema import Column
from catalog.tables import parse_table
from catalog.tokens import SqlText, Token


@dataclass(frozen=True, slots=True)
class Union:
    """The text of a file, and what a reader of the report must know of it."""

    text: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Declared:
    """One file in three parts: what stands before the columns, the columns, and what follows."""

    table: Table
    head: str
    columns: dict[str, str]
    rest: tuple[str, ...]
    tail: str

    @classmethod
    def read(cls, path: Path, text: str) -> _Declared:
        source = SqlText(path, text)
        cursor = Cursor(source)
        while not cursor.sees("("):
            cursor.take()
        opening = cursor.take()
        columns: dict[str, str] = {}
        rest: list[str] = []
        while not cursor.sees(")"):
            first = cursor.peek()
            element = _element(cursor)
            if first is not None and first.is_("PRIMARY"):
                rest.append(_text(source, element))
            else:
                columns[element[0].text.lower()] = _text(source, element)
            cursor.accept(",")
        closing = cursor.take()
        return cls(parse_table(source), text[: opening.end], columns, tuple(rest), text[closing.start :])


def table_union(path: Path, target: str, current: str) -> Union:
    """The declaration of a table that both have. Errors: CatalogError for a text that is no CREATE TABLE."""
    then, now = _Declared.read(path, target), _Declared.read(path, current)
    elements, notes = [], []
    columns_then = {column.name.lower(): column for column in then.table.columns}
    for column in now.table.columns:
        name = column.name.lower()
        if name not in then.columns:
            elements.append(now.columns[name])
            notes.append(f"{then.table.name}.{column.name} is newer: kept with its values")
        elif _shape(columns_then[name]) == _shape(column):
            elements.append(then.columns[name])
        else:
            elements.append(now.columns[name])
            notes.append(f"{then.table.name}.{column.name} was {_said(columns_then[name])}: stays {_said(column)}")
    for name, text in then.columns.items():
        if name not in now.columns:
            elements.append(_nullable(path, text))
            notes.append(f"{then.table.name}.{columns_then[name].name} was gone: comes back empty")
    tail, kept = _tail(then, now)
    body = ",\n  ".join((*elements, *then.rest))
    return Union(f"{then.head}\n  {body}\n{tail}", (*notes, *kept))


def _element(cursor: Cursor) -> Sequence[Token]:
    """The tokens of one column or key; commas between the fields of a STRUCT are its own."""
    begin = cursor.position
    while True:
        cursor.until(",", ")")
        found = cursor.tokens[begin : cursor.position]
        if sum(token.is_("<") - token.is_(">") for token in found) <= 0 or cursor.at_end or cursor.sees(")"):
            return found
        cursor.take()


def _tail(then: _Declared, now: _Declared) -> tuple[str, Sequence[str]]:
    """Partitioning, clustering and options: of now where those of then would take rows along or cannot be had."""
    before = now.table.kept_days
    after = then.table.kept_days
    if _layout(then.table) != _layout(now.table):
        return now.tail, [f"{now.table.name} is partitioned otherwise: its layout and options stay as they are"]
    if after is not None and (before is None or after < before):
        was = "kept for good" if before is None else f"kept for {before} days"
        return now.tail, [f"{now.table.name} expired after {after} days: stays {was}, and so do its options"]
    return then.tail, []


def _layout(table: Table) -> object:
    found = table.partitioning
    return (found.type, found.field) if isinstance(found, TimePartitioning) else found


def _shape(column: Column) -> object:
    nested = tuple((field.name, _shape(field)) for field in column.fields)
    return (column.name, column.type, column.mode, column.parameters, column.range_element, nested)


def _said(column: Column) -> str:
    size = f"({', '.join(map(str, column.parameters))})" if column.parameters else ""
    nested = f"<{', '.join(map(_said_field, column.fields))}>" if column.fields else ""
    return f"{column.type}{nested}{size} {column.mode}"


def _said_field(field: Column) -> str:
    return f"{field.name} {_said(field)}"


def _nullable(path: Path, element: str) -> str:
    """A column's text without the NOT NULL of the column itself."""
    tokens = SqlText(path, element).tokens
    depth = 0
    for token, following in itertools.pairwise(tokens):
        depth += token.is_("(", "<") - token.is_(")", ">")
        if depth == 0 and token.is_("NOT") and following.is_("NULL"):
            return element[: token.start].rstrip() + element[following.end :]
    return element


def _text(source: SqlText, element: Sequence[Token]) -> str:
    return source.text[element[0].start : element[-1].end]
