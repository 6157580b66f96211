"""How large the tables are: from an assumed volume, by documented rows a table and bytes a column.

BigQuery's logical sizes: INT64, FLOAT64, DATE, TIMESTAMP 8 bytes, BOOL 1, STRING 2 plus its UTF-8 length. The
lengths below are generous means; a column that is not named here counts as a short text.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from catalog.catalog import Catalog
from catalog.model import Table, TimePartitioning
from catalog.schema import Column

DAYS_A_MONTH = 365.25 / 12
TYPE_BYTES = {"INT64": 8, "FLOAT64": 8, "DATE": 8, "TIMESTAMP": 8, "DATETIME": 8, "TIME": 8, "BOOL": 1, "NUMERIC": 16}
TYPE_BYTES |= {"BIGNUMERIC": 32, "INTERVAL": 16, "RANGE": 16, "JSON": 200}
SHORT_TEXT = 18
LONG_TEXTS = {"message": 160, "caption_text": 160, "message_text": 160, "error_message": 120, "alert_message": 120}
LONG_TEXTS |= {"assignment_key": 64}  # SHA-256 in hexadecimal digits
LONG_TEXTS |= {"performance_report": 12_000, "details": 400, "metadata": 400, "description": 120, "notes": 120}
ELEMENTS_OF_AN_ARRAY = 8
# Rows of a table that nobody measured: all of these stay far below the 10 MB minimum.
SMALL_TABLE_ROWS = 2_000


@dataclass(frozen=True, slots=True)
class Volume:
    """The load that an estimate assumes."""

    creators: int = 100
    messages_per_month: int = 1_000_000
    captions_per_creator: int = 10_000
    months_of_history: int = 12
    sends_per_creator_and_day: int = 12


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
    """The size of every declared table under this load."""
    rows = _assumed_rows(volume)
    return {name: _size(table, *rows.get(name, (SMALL_TABLE_ROWS, 0))) for name, table in catalog.tables.items()}


def column_bytes(table: Table) -> dict[str, float]:
    """Assumed bytes of each column in one row."""
    return {column.name: float(_bytes_of(column)) for column in table.columns}


def _assumed_rows(volume: Volume) -> dict[str, tuple[float, float]]:
    """Rows and days of what grows with the load; partitions that expire hold 90 days."""
    history = volume.months_of_history * DAYS_A_MONTH
    messages = volume.messages_per_month * volume.months_of_history
    captions = volume.creators * volume.captions_per_creator
    sends = volume.creators * volume.sends_per_creator_and_day
    return {
        "mass_messages": (messages, history),
        "message_caption_matches": (messages, history),  # at most one a message
        "caption_bank": (captions, 0),
        "captions": (captions, 0),
        "caption_bandit_stats": (min(captions * 4, volume.messages_per_month * 3), 0),
        "active_caption_assignments": (sends * history, history),
        "caption_locks": (sends * history, history),
        "schedule_recommendations": (sends * history, history),
        "caption_filter_audit_log": (sends * 90, 90),
        "audit_log": (volume.creators * history, history),
        "creator_reports": (volume.creators * 90, 90),
        "schedule_generation_queue": (volume.creators * 90, 90),
        "etl_job_runs": (30 * 90, 90),
        "lock_sweep_log": (24 * 30, 30),
        "health_checks": (288 * 90, 90),
        "creator_processing_errors": (volume.creators * 90, 90),
        "automation_alerts": (volume.creators * 90, 90),
    }


def _size(table: Table, rows: float, days: float) -> TableSize:
    by_day = isinstance(table.partitioning, TimePartitioning) and table.partitioning.type in ("DAY", "HOUR")
    return TableSize(rows, days if by_day else 0, column_bytes(table))


def _bytes_of(column: Column) -> int:
    if column.fields:
        one = sum(_bytes_of(part) for part in column.fields)
    elif column.type in TYPE_BYTES:
        one = TYPE_BYTES[column.type]
    else:
        one = 2 + LONG_TEXTS.get(column.name, SHORT_TEXT)
    return one * ELEMENTS_OF_AN_ARRAY if column.mode == "REPEATED" else one
