"""PARTITION BY and CLUSTER BY. Whether the columns exist and fit is judged by `catalog.lint.table_rules`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from catalog.cursor import Cursor
from catalog.model import Partitioning, RangePartitioning, TimePartitioning
from catalog.tokens import Kind, Token

# Which granularity each truncation takes in PARTITION BY.
TRUNCATIONS = {
    "DATE_TRUNC": ("MONTH", "YEAR"),
    "TIMESTAMP_TRUNC": ("HOUR", "DAY", "MONTH", "YEAR"),
    "DATETIME_TRUNC": ("HOUR", "DAY", "MONTH", "YEAR"),
}
PARTITION_FIX = (
    "partition by a DATE column, DATE(timestamp), DATE_TRUNC(date, MONTH|YEAR), "
    "TIMESTAMP_TRUNC(timestamp, HOUR|DAY|MONTH|YEAR) or RANGE_BUCKET(integer, GENERATE_ARRAY(from, to, step))"
)


def parse_partitioning(cursor: Cursor) -> Partitioning | None:
    """`PARTITION BY ...` if it comes next."""
    if not cursor.accept("PARTITION", "BY"):
        return None
    line = cursor.line
    tokens = cursor.until("CLUSTER", "OPTIONS", "AS", ";")
    if any(token.is_("_PARTITIONDATE", "_PARTITIONTIME") for token in tokens):
        message = "partitioning by ingestion time is valid in BigQuery but is not carried here: rows that are copied or"
        message += " restored would move to another partition"
        fix = "add a TIMESTAMP column with DEFAULT CURRENT_TIMESTAMP() and partition by DATE(column)"
        raise cursor.error(message, fix=fix, line=line, rule="unsupported-syntax")
    partitioning = _time(tokens) or _range(tokens)
    if partitioning is None:
        message = f"BigQuery cannot partition by {cursor.text_of(tokens) or 'nothing'}"
        raise cursor.error(message, fix=PARTITION_FIX, line=line, rule="partition-column")
    return partitioning


def with_expiration(
    cursor: Cursor, partitioning: Partitioning | None, milliseconds: int, line: int
) -> TimePartitioning:
    """The same partitioning whose partitions vanish after this time."""
    if not isinstance(partitioning, TimePartitioning):
        message = "partition_expiration_days on a table that is not partitioned by time"
        raise cursor.error(
            message, fix="partition the table by time, or take it out", line=line, rule="partition-column"
        )
    return replace(partitioning, expiration_ms=milliseconds)


def parse_clustering(cursor: Cursor) -> tuple[str, ...]:
    """`CLUSTER BY a, b` if it comes next: plain columns only."""
    if not cursor.accept("CLUSTER", "BY"):
        return ()
    names = [_cluster_column(cursor)]
    while cursor.accept(","):
        names.append(_cluster_column(cursor))
    return tuple(names)


def _cluster_column(cursor: Cursor) -> str:
    token = cursor.name("a column")
    if cursor.sees("(") or cursor.sees(".") or cursor.sees("DESC") or cursor.sees("ASC"):
        fix = "list plain columns: no expression, no nested field, no DESC"
        raise cursor.error("CLUSTER BY takes plain columns", fix=fix, rule="cluster-columns")
    return token.text


def _time(tokens: Sequence[Token]) -> TimePartitioning | None:
    match [_significant(token) for token in tokens]:
        case [("name", column)]:
            return TimePartitioning("DAY", column)
        case [("name", call), "(", ("name", column), ")"] if call.upper() == "DATE":
            return TimePartitioning("DAY", column, expression="DATE")
        case [("name", call), "(", ("name", column), ",", ("name", unit), ")"]:
            if unit.upper() in TRUNCATIONS.get(call.upper(), ()):
                return TimePartitioning(unit.upper(), column, expression=call.upper())
    return None


def _range(tokens: Sequence[Token]) -> RangePartitioning | None:
    if len(tokens) < 6 or not (tokens[0].is_("RANGE_BUCKET") and tokens[1].is_("(") and tokens[2].is_name):
        return None
    bounds = _numbers(tokens[4:-1])
    if bounds is None or not tokens[3].is_(",") or bounds[2] <= 0 or bounds[0] >= bounds[1]:
        return None
    return RangePartitioning(tokens[2].text, *bounds)


def _numbers(tokens: Sequence[Token]) -> tuple[int, int, int] | None:
    """The numbers of `GENERATE_ARRAY(from, to, step)`."""
    text = "".join(token.upper for token in tokens)
    parts = text.removeprefix("GENERATE_ARRAY(").removesuffix(")").split(",")
    if len(parts) != 3 or not all(part.removeprefix("-").isdigit() for part in parts):
        return None
    first, last, step = (int(part) for part in parts)
    return first, last, step


def _significant(token: Token) -> str | tuple[str, str]:
    return ("name", token.text) if token.kind in (Kind.WORD, Kind.QUOTED) else token.text
