"""How large the tables are at an assumed load: rows and lengths of texts as `config/volumes.yaml` states them.

BigQuery's logical sizes: INT64, FLOAT64, DATE, TIMESTAMP 8 bytes, BOOL 1, STRING 2 plus its UTF-8 length. A text column
that the file does not name counts as a short text.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from catalog.catalog import Catalog
from catalog.errors import finding
from catalog.model import Table, TimePartitioning
from catalog.schema import Column
from catalog.volumes import FILE, Volume

TYPE_BYTES = {"INT64": 8, "FLOAT64": 8, "DATE": 8, "TIMESTAMP": 8, "DATETIME": 8, "TIME": 8, "BOOL": 1, "NUMERIC": 16}
TYPE_BYTES |= {"BIGNUMERIC": 32, "INTERVAL": 16, "RANGE": 16, "JSON": 200}
SHORT_TEXT = 18
ELEMENTS_OF_AN_ARRAY = 8


@dataclass(frozen=True, slots=True)
class TableSize:
    """Rows, days over which they are spread (0: not by day), and bytes of each column in one row."""

    rows: float
    days: float = 0
    column_bytes: Mapping[str, float] = field(default_factory=dict)

    def bytes_of(self, columns: Iterable[str], days: float | None) -> float:
        """Logical bytes of these columns in the newest `days` of partitions; None: in all of them."""
        rows = self.rows
        if days is not None and self.days:
            # One partition more than the days: a window rarely begins at midnight.
            rows = min(self.rows, self.rows / self.days * (days + 1))
        return rows * sum(self.column_bytes.get(column, SHORT_TEXT) for column in columns)


def assumed_sizes(catalog: Catalog, volume: Volume) -> dict[str, TableSize]:
    """The size of every declared table under this load. Raises CatalogError without `config/volumes.yaml`."""
    estimates, texts = catalog.volumes.tables, catalog.volumes.texts
    if catalog.tables and not estimates:
        message = "the file does not exist, so nobody says how large the tables are"
        raise finding(Path("config") / FILE, 0, message, fix=f"git checkout -- config/{FILE}, or eros cost -s STACK")
    return {name: _size(table, *estimates[name].at(volume), texts) for name, table in catalog.tables.items()}


def column_bytes(table: Table, texts: Mapping[str, int]) -> dict[str, float]:
    """Assumed bytes of each column in one row; `texts` are lengths of text columns by name."""
    return {column.name: float(_bytes_of(column, texts)) for column in table.columns}


def _size(table: Table, rows: float, days: float, texts: Mapping[str, int]) -> TableSize:
    by_day = isinstance(table.partitioning, TimePartitioning) and table.partitioning.type in ("DAY", "HOUR")
    return TableSize(rows, days if by_day else 0, column_bytes(table, texts))


def _bytes_of(column: Column, texts: Mapping[str, int]) -> int:
    if column.fields:
        one = sum(_bytes_of(part, texts) for part in column.fields)
    elif column.type in TYPE_BYTES:
        one = TYPE_BYTES[column.type]
    else:
        one = 2 + texts.get(column.name, SHORT_TEXT)
    return one * ELEMENTS_OF_AN_ARRAY if column.mode == "REPEATED" else one
