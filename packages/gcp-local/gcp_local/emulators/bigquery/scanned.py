"""Which tables a statement has read, as the plan says that DuckDB has executed: columns, and days where a filter says.

Of a filter on the partitioning column bounds with constants count, those of a script's variables too (cloud.google.com/
bigquery/docs/querying-partitioned-tables#query_an_ingestion-time_partitioned_table, "Better performance with
pseudo-columns": what is constant prunes). What a join leaves (DuckDB calls it optional) does not.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

FILE = re.compile(r"/([^/]+)/([^/]+)/([^/]+)/ducklake-")
DAY = timedelta(days=1)
JOBS = "emulator.main.jobs"


@dataclass(frozen=True, slots=True)
class Scan:
    """One reading of a table: `place` is project and dataset, where the plan knows them."""

    table: str
    columns: frozenset[str]
    filters: tuple[str, ...]
    place: tuple[str, str] | None = None

    def days(self, column: str) -> tuple[date, date]:
        """The first and the last day that the filters leave of a column."""
        first, last = date.min, date.max
        name = re.escape(column)
        bound = re.compile(
            rf"(?:CAST\(\"?{name}\"? AS DATE\)|\b{name}\"?)\s*(>=|<=|>|<|=)\s*'(\d{{4}}-\d\d-\d\d)(?: ([^']*))?'"
        )
        for text in self.filters:
            for operator, day, time in bound.findall(text):
                at = date.fromisoformat(day)
                if operator in (">", ">=", "="):
                    first = max(first, at)
                if operator in ("<=", "="):
                    last = min(last, at)
                if operator == "<":
                    last = min(last, at if time.strip("0:+. ") else at - DAY)
        return first, last


def scans(profile: str) -> Iterator[Scan]:
    """The scans of tables in a profile of DuckDB, a document of JSON."""
    yield from _below(json.loads(profile))


def _below(node: Mapping[str, Any]) -> Iterator[Scan]:
    said = node.get("extra_info") or {}
    if table := said.get("Table"):
        place = FILE.search(_joined(said.get("Filename(s)")))
        filters = [*_texts(said.get("Filters")), *_texts(said.get("Dynamic Filters"))]
        parts = [part for text in filters if " OR " not in text for part in text.split(" AND ")]
        kept = tuple(part for part in parts if not part.lstrip("( ").startswith("optional:"))
        columns = frozenset(text.split(".")[0].strip('"') for text in _texts(said.get("Projections")) if text)
        yield Scan(table, columns, kept, (place[1], place[2]) if place else None)
    for child in node.get("children", ()):
        yield from _below(child)


def _texts(value: Any) -> list[str]:
    return [] if value is None else [value] if isinstance(value, str) else list(value)


def _joined(value: Any) -> str:
    return " ".join(_texts(value))
