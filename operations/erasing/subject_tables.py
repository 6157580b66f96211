"""One table and a subject: how many rows hold it, by column, and the statements that take it out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from google.cloud import bigquery

from catalog.model import Table
from operations.erasing import erasing_statements
from operations.erasing.conditions import Conditions
from operations.erasing.subject import ErasureSubject
from operations.rows.fingerprint import every_row, quoted


@dataclass(frozen=True, slots=True)
class Held:
    """What a table holds of the subject: rows by column. `deleted` rows go, `changed` rows stay without it.

    `texts`: captions' texts in which a page's name is also a word; `strays`: columns that nobody declared.
    """

    name: str
    deleted: int = 0
    changed: int = 0
    columns: dict[str, int] = field(default_factory=dict)
    texts: dict[str, int] = field(default_factory=dict)
    strays: dict[str, int] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        """Those that an erasure deletes or changes."""
        return self.deleted + self.changed


class SubjectTable:
    """A table at an address (project.dataset.name) under its logical name."""

    def __init__(
        self, client: bigquery.Client, name: str, declared: Table | None, live: bigquery.Table, key: str
    ) -> None:
        """`declared` None: a table that the catalog does not know. `key`: the address of caption_key_v2."""
        self._client, self.name, self._declared, self._live, self._key = client, name, declared, live, key
        self._path = quoted(f"{live.project}.{live.dataset_id}.{live.table_id}")

    def held(self, subject: ErasureSubject) -> Held:
        """Counts by reading. Errors: CloudError."""
        found = self._conditions(subject).columns()
        if not found:
            return Held(self.name)
        gone, kept = _any(one.where for one in found if one.deletes), [one for one in found if not one.deletes]
        counts = [f"COUNTIF({gone}) AS gone", f"COUNTIF({_any(k.where for k in kept if k.new)} AND NOT {gone}) AS kept"]
        for number, one in enumerate(found):
            rest = f" AND NOT {gone}" if one.is_stray or one.is_text else ""
            counts.append(f"COUNTIF(COALESCE({one.where}, FALSE){rest}) AS c{number}")
        every = every_row(self._live)
        where = f"\nWHERE {every}" if every else ""
        sql = f"SELECT {', '.join(counts)}\nFROM {self._path} AS source{where}"
        (row,) = erasing_statements.rows(self._client, f"reading {self.name}", sql, subject.values())
        hits = [(one, int(row[f"c{number}"])) for number, one in enumerate(found)]
        return Held(
            self.name,
            int(row["gone"]),
            int(row["kept"]),
            {one.column: count for one, count in hits if count and (one.deletes or one.new)},
            {one.column: count for one, count in hits if count and one.is_text},
            {one.column: count for one, count in hits if count and one.is_stray},
        )

    def erase(self, subject: ErasureSubject) -> int:
        """Deletes rows, then changes the others; how many. Each statement is whole. Errors: CloudError."""
        done = 0
        for statement in self.statements(subject):
            done += erasing_statements.change(self._client, f"erasing from {self.name}", statement, subject.values())
        return done

    def statements(self, subject: ErasureSubject) -> Iterator[str]:
        """DML in the order in which it is run."""
        found = self._conditions(subject).columns()
        every = every_row(self._live)
        also = f" AND {every}" if every else ""
        if gone := [one for one in found if one.deletes]:
            yield f"DELETE FROM {self._path} AS source WHERE {_any(one.where for one in gone)}{also}"
        if changed := [one for one in found if one.new]:
            values = ", ".join(f"{quoted(one.column)} = {one.new}" for one in changed)
            where = _any(one.where for one in changed)
            yield f"UPDATE {self._path} AS source SET {values} WHERE {where}{also}"

    def keys(self, subject: ErasureSubject) -> set[str]:
        """Of a caption: the keys of its texts, as far as they stand in this table beside its id. Errors: CloudError."""
        conditions = self._conditions(subject)
        there = {one.name.lower() for one in self._live.schema}
        texts = conditions.texts()
        if subject.kind != "caption" or not texts or conditions.caption not in there:
            return set()
        every = every_row(self._live)
        also = f" AND {every}" if every else ""
        found: set[str] = set()
        for text in texts:
            sql = (
                f"SELECT DISTINCT `{self._key}`(source.{quoted(text)}) AS text_key FROM {self._path} AS source"
                f" WHERE source.{quoted(conditions.caption)} = @value{also}"
            )
            found |= {
                row["text_key"] for row in erasing_statements.rows(self._client, self.name, sql, subject.values())
            }
        return found - {None}

    @property
    def tells_texts(self) -> bool:
        """Whether rows that are deleted hold texts by which other tables are searched: such a table goes last."""
        marks = {c.personal.holds for c in (self._declared.columns if self._declared else ()) if c.personal}
        return {"caption", "text"} <= marks

    def _conditions(self, subject: ErasureSubject) -> Conditions:
        return Conditions(subject, self._declared, list(self._live.schema), self._key)


def _any(conditions: Iterator[str]) -> str:
    held = " OR ".join(conditions)
    return f"COALESCE({held}, FALSE)" if held else "FALSE"
