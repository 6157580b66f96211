"""GoogleSQL over `source`: where a column holds a subject, and what the column holds without it.

Lists and structs are gone through element by element, so that names of fields are never taken for values. Parameters
are those of `ErasureSubject.values`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from google.cloud import bigquery

from catalog.model import Table
from catalog.personal import marked
from catalog.schema import Personal, walk
from operations.erasing.subject import ErasureSubject
from operations.rows.fingerprint import quoted

WORDS = ("STRING", "JSON")
WHOLE = ("INTEGER", "INT64")
UNMARKED = Personal("", "")
EMPTY = {"NULLABLE": "NULL", "REQUIRED": "''"}


@dataclass(frozen=True, slots=True)
class ColumnCase:
    """A column in which a subject may be. `where` is true of a row that holds it.

    Either the row goes (`deletes`), or the column gets the value `new`, or neither: a column that nothing was said of,
    or a caption's text (`is_text`) in which a page's name is also a word.
    """

    column: str
    where: str
    new: str = ""
    deletes: bool = False
    is_text: bool = False

    @property
    def is_stray(self) -> bool:
        """Whether nobody said what the column holds."""
        return not (self.deletes or self.new or self.is_text)


class Conditions:
    """The columns of one table: as declared (none for a table that is not), and as it is in BigQuery."""

    def __init__(
        self, subject: ErasureSubject, table: Table | None, schema: list[bigquery.SchemaField], key: str
    ) -> None:
        """`key` is the address of caption_key_v2."""
        self._kind, self._is_long, self._schema, self._key = subject.kind, subject.is_long, schema, key
        columns = table.columns if table else ()
        self._marks = {one.path.lower(): one.personal for one in marked(columns)}
        self._silent = _silent(table)
        self._caption = next((p for p, mark in self._marks.items() if mark.holds == "caption"), "")

    def columns(self) -> list[ColumnCase]:
        """Every column in which the subject may be, marked or not."""
        return [one for field in self._schema for one in self._found(field)]

    def texts(self) -> list[str]:
        """The columns that hold texts of captions, at the top."""
        there = {field.name.lower(): field.name for field in self._schema}
        return [there[path] for path, mark in self._marks.items() if mark.holds == "text" and path in there]

    @property
    def caption(self) -> str:
        """The column that names a caption; '' without one."""
        return self._caption

    def _found(self, field: bigquery.SchemaField) -> Iterator[ColumnCase]:
        """What is changed or goes with its row, and the rest: a struct may have fields of both kinds."""
        value, path = f"source.{quoted(field.name)}", field.name.lower()
        mark = self._marks.get(path, UNMARKED)
        deletes = mark.action == "delete" and mark.holds == self._kind
        if where := self._where(field, value, path, 0, changed=True):
            yield ColumnCase(field.name, where, "" if deletes else self._new(field, value, path, 0), deletes)
        if where := self._where(field, value, path, 0, changed=False):
            yield ColumnCase(field.name, where, is_text=mark.holds == "text")

    def _is_changed(self, path: str) -> bool:
        holds = self._marks.get(path, UNMARKED).holds
        return holds in ("words", self._kind) or (holds == "text" and self._kind == "caption")

    def _where(self, field: bigquery.SchemaField, value: str, path: str, depth: int, *, changed: bool) -> str:
        if field.mode == "REPEATED":
            inner = self._one(field, f"e{depth}", path, depth + 1, changed=changed)
            return inner and f"EXISTS(SELECT 1 FROM UNNEST({value}) AS e{depth} WHERE {inner})"
        return self._one(field, value, path, depth, changed=changed)

    def _one(self, field: bigquery.SchemaField, value: str, path: str, depth: int, *, changed: bool) -> str:
        if not field.fields:
            return self._leaf(field, value, path) if self._is_changed(path) == changed else ""
        parts = (
            self._where(f, f"{value}.{quoted(f.name)}", f"{path}.{f.name.lower()}", depth, changed=changed)
            for f in field.fields
        )
        held = [part for part in parts if part]
        return f"({' OR '.join(held)})" if held else ""

    def _leaf(self, field: bigquery.SchemaField, value: str, path: str) -> str:
        """What is marked by what it holds, any other text by its words."""
        holds = self._marks.get(path, UNMARKED).holds
        if holds == self._kind:
            return f"LOWER(TRIM({value})) = @value" if self._kind == "page" else f"{value} = @value"
        if holds == "text" and self._kind == "caption":
            return self._text(value)
        if path in self._silent or holds == "page":
            return ""
        if field.field_type in WHOLE and not holds and self._kind == "caption" and self._is_long:
            return f"{value} = @value"
        if field.field_type not in WORDS:
            return ""
        words = f"TO_JSON_STRING({value})" if field.field_type == "JSON" else value
        return f"REGEXP_CONTAINS({words}, @pattern)"

    def _text(self, value: str) -> str:
        """A caption's text: beside its id, or the same text where no id stands."""
        same = f"`{self._key}`({value}) IN UNNEST(@keys)"
        if not self._caption:
            return same
        caption = f"source.{quoted(self._caption)}"
        return f"({value} != '' AND ({caption} = @value OR ({caption} IS NULL AND {same})))"

    def _new(self, field: bigquery.SchemaField, value: str, path: str, depth: int) -> str:
        if field.mode == "REPEATED":
            element, n = f"e{depth}", f"n{depth}"
            inner = self._new_one(field, element, path, depth + 1)
            what = f"AS STRUCT {inner}" if field.fields else inner
            return f"ARRAY(SELECT {what} FROM UNNEST({value}) AS {element} WITH OFFSET AS {n} ORDER BY {n})"
        inner = self._new_one(field, value, path, depth)
        return f"IF({value} IS NULL, NULL, STRUCT({inner}))" if field.fields else inner

    def _new_one(self, field: bigquery.SchemaField, value: str, path: str, depth: int) -> str:
        if not field.fields:
            return self._new_leaf(field, value, path)
        parts = (
            f"{self._new(f, f'{value}.{quoted(f.name)}', f'{path}.{f.name.lower()}', depth)} AS {quoted(f.name)}"
            for f in field.fields
        )
        return ", ".join(parts)

    def _new_leaf(self, field: bigquery.SchemaField, value: str, path: str) -> str:
        mark = self._marks.get(path, UNMARKED)
        if not self._is_changed(path):
            return value
        if mark.action == "clear":
            return f"IF({self._leaf(field, value, path)}, {EMPTY.get(field.mode, 'NULL')}, {value})"
        if mark.holds == "page":
            return f"IF({self._leaf(field, value, path)}, @new, {value})"
        if field.field_type == "JSON":
            return f"PARSE_JSON({_replaced(f'TO_JSON_STRING({value})')})"
        return _replaced(value)


def _replaced(value: str) -> str:
    """Twice: two names with one sign between them share it, and a match takes it."""
    once = f"REGEXP_REPLACE({value}, @pattern, @to)"
    return f"REGEXP_REPLACE({once}, @pattern, @to)"


def _silent(table: Table | None) -> frozenset[str]:
    """Columns of which a person said that they hold nothing of a creator."""
    columns = walk(table.columns) if table else ()
    return frozenset(path.lower() for path, c in columns if c.personal and c.personal.holds == "none")
