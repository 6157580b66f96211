"""What a file says of the columns of its result: `--: text` on the lines above the column.

In a view above the column in the outermost SELECT, in a table function above it in RETURNS TABLE<...>. Such lines are
for readers of the file and of the reference; `LogicalSql.qualified` leaves them out of what is deployed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as with_

from catalog.cursor import Cursor
from catalog.model import Routine, View
from catalog.tokens import Note, SqlText, Token

ENDS = (",", "FROM", "UNION", "INTERSECT")


@dataclass(frozen=True, slots=True)
class ColumnNotes:
    """`texts` by the column's lower-case name; `strays` are the lines of notes that stand above no column.

    `lines` says where each column of the result is written.
    """

    texts: Mapping[str, Note] = with_(default_factory=dict)
    strays: tuple[int, ...] = ()
    lines: Mapping[str, int] = with_(default_factory=dict)


def notes_of(declared: View | Routine) -> ColumnNotes:
    """The notes of one object's file."""
    source = declared.sql.source
    columns = {first.start: (name.lower(), first.line) for first, name in _columns(declared)}
    texts: dict[str, Note] = {}
    strays = []
    for note in source.notes:
        follows = next((token.start for token in source.tokens if token.start >= note.end), None)
        name = columns[follows][0] if follows in columns else None
        if name is None:
            strays.append(note.line)
            continue
        if name in texts:
            strays.append(texts[name].line)
        texts[name] = note
    return ColumnNotes(texts, (*strays, *_misplaced(source)), dict(columns.values()))


def _misplaced(source: SqlText) -> Iterator[int]:
    """The lines of notes that stand behind something, not on a line of their own."""
    inside = {line for note in source.notes for line in range(note.line, note.line + note.height)}
    return (comment.line for comment in source.comments if comment.is_note and comment.line not in inside)


def _columns(declared: View | Routine) -> Iterator[tuple[Token, str]]:
    """The first token of each column of the result, and the column's name."""
    if isinstance(declared, View):
        return _selected(Cursor(declared.sql.source, declared.sql.tokens))
    if declared.kind == "TABLE_VALUED_FUNCTION":
        return _returned(declared.sql.source.tokens)
    return iter(())


def _selected(cursor: Cursor) -> Iterator[tuple[Token, str]]:
    """The items of the first SELECT outside brackets: CTEs and subqueries stand in brackets."""
    cursor.until("SELECT")
    for word in ("SELECT", "DISTINCT", "ALL"):
        cursor.accept(word)
    item: list[Token] = []
    while not cursor.at_end:
        item += cursor.until(*ENDS)
        if item and item[-1].is_("DISTINCT") and cursor.sees("FROM"):
            # IS DISTINCT FROM
            item.append(cursor.take())
            continue
        if item and item[-1].is_name:
            yield item[0], item[-1].text
        if not cursor.accept(","):
            return
        item = []


def _returned(tokens: Sequence[Token]) -> Iterator[tuple[Token, str]]:
    """The names in RETURNS TABLE<name type, ...>."""
    begin = next(i for i, token in enumerate(tokens) if token.is_("RETURNS") and tokens[i + 1].is_("TABLE")) + 2
    depth = 0
    for before, token in zip(tokens[begin:], tokens[begin + 1 :], strict=False):
        depth += before.is_("<", "(") - before.is_(">", ")")
        if depth == 0:
            return
        if depth == 1 and before.is_("<", ","):
            yield token, token.text
