"""A job reads nothing and is billed nothing.

Fault: `totalBytesProcessed` and `totalBytesBilled` are always 0.
Why it matters: what a schedule costs cannot be seen before it runs on the real service.
Here: of each table the columns that the executed plan names, for the rows of the partitions that its filters leave, in
BigQuery's sizes of types (cloud.google.com/bigquery/pricing#data); billed in whole MB, 10 at least for each table
(cloud.google.com/bigquery/pricing#on_demand_pricing). Texts are as long as those of a thousand rows. What SET, DECLARE
and IF read is billed with the statement after them, a script as its statements together.
It reads the plan that DuckDB keeps anyway, and asks once a statement how many rows tables have.
Drop it when upstream weighs what it reads.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import duckdb
from local_bigquery.catalog import tables
from local_bigquery.engine import database
from local_bigquery.jobs import merge, query
from local_bigquery.sql.script import Interpreter

from gcp_local.emulators.bigquery import lake_listing
from gcp_local.emulators.bigquery.scanned import JOBS, Scan, scans

MEGABYTE = 2**20
LEAST = 10
PROFILED = "SET enable_profiling = 'no_output'; SET profiling_coverage = 'ALL'"
WIDTHS = {
    **dict.fromkeys(("BOOL", "BOOLEAN"), 1.0),
    **dict.fromkeys(("INTEGER", "INT64", "FLOAT", "FLOAT64", "DATE", "DATETIME", "TIME", "TIMESTAMP"), 8.0),
    **dict.fromkeys(("NUMERIC", "INTERVAL"), 16.0),
    "BIGNUMERIC": 32.0,
}
SAMPLE = 1000
Key = tuple[str, str, str]


@dataclass
class Known:
    """What is known of a table while it has so many rows."""

    identity: int
    rows: int
    partitioned: str = ""
    widths: dict[str, float] = field(default_factory=dict)
    by_day: dict[date, int] = field(default_factory=dict)


_known: dict[Key, Known] = {}
NOTHING = (0, 0)
_waiting: ContextVar[tuple[int, int]] = ContextVar("waiting", default=NOTHING)
"""Bytes that a script was billed since its last statement, read and billed."""


def apply() -> None:
    """Profile what a job executes, and weigh each statement."""
    begin, run, execute = Interpreter.__init__, query._run, query._execute

    def begin_profiled(interpreter: Any, cursor: Any, *arguments: Any) -> None:
        begin(interpreter, cursor, *arguments)
        cursor.execute(PROFILED)
        _waiting.set(NOTHING)

    def run_and_weigh(cur: Any, tree: Any, context: Any, *rest: Any) -> Any:
        statistics = run(cur, tree, context, *rest)
        if rest[2]:  # a dry run executes nothing
            return statistics
        _remember(*_weigh(_executed(cur), context))
        read, billed = _waiting.get()
        _waiting.set(NOTHING)
        return statistics.replace(totalBytesProcessed=str(read), totalBytesBilled=str(billed))

    def execute_and_add(*arguments: Any) -> Any:
        statistics, children, result = execute(*arguments)
        if children:
            sums = {
                name: str(sum(int(getattr(child, name) or 0) for child in children))
                for name in ("totalBytesProcessed", "totalBytesBilled")
            }
            statistics = statistics.replace(**sums)
        return statistics, children, result

    Interpreter.__init__ = begin_profiled
    for name in ("evaluate", "assign", "store"):
        setattr(Interpreter, name, _remembering(getattr(Interpreter, name)))
    merge.run = _merge_and_remember(merge.run)
    query._run, query._execute = run_and_weigh, execute_and_add


def _remembering(evaluate: Callable[..., Any]) -> Callable[..., Any]:
    def evaluate_and_remember(interpreter: Any, *arguments: Any) -> Any:
        answer = evaluate(interpreter, *arguments)
        _remember(*_weigh(_executed(interpreter.cursor), interpreter.context))
        return answer

    return evaluate_and_remember


class Watched:
    """A cursor that keeps what each of several executions has scanned: those of one MERGE."""

    def __init__(self, cursor: Any) -> None:
        self._cursor = cursor
        self.scans: list[Scan] = []

    def execute(self, *arguments: Any) -> Any:
        """As the cursor's."""
        answer = self._cursor.execute(*arguments)
        # The tables that upstream puts a MERGE together with are none of the statement's.
        self.scans += [one for one in _executed(self._cursor) if not one.table.startswith('"temp"')]
        return answer

    def __getattr__(self, name: str) -> Any:
        return getattr(self._cursor, name)


def _merge_and_remember(run: Callable[..., Any]) -> Callable[..., Any]:
    def merge_and_remember(cur: Any, tree: Any, context: Any) -> Any:
        watched = Watched(cur)
        answer = run(watched, tree, context)
        _remember(*_weigh(watched.scans, context))
        return answer

    return merge_and_remember


def _remember(read: int, billed: int) -> None:
    before = _waiting.get()
    _waiting.set((before[0] + read, before[1] + billed))


def _executed(cur: Any) -> list[Scan]:
    """What was executed last on the cursor has scanned."""
    try:
        return list(scans(cur.get_profiling_information("json")))
    except duckdb.Error:
        return []  # nothing was executed


def _weigh(found: Iterable[Scan], context: Any) -> tuple[int, int]:
    """The bytes that scans have read, and those that are billed."""
    by_table: defaultdict[Key, list[Scan]] = defaultdict(list)
    for scan in found:
        if key := _key(scan, context):
            by_table[key].append(scan)
    counts = {project: lake_listing.sizes(project) for project in {key[0] for key in by_table if key[2]}}
    read = [_bytes(key, used, counts) if key[2] else 0 for key, used in by_table.items()]
    return sum(read), sum(max(LEAST, math.ceil(one / MEGABYTE)) * MEGABYTE for one in read)


def _key(scan: Scan, context: Any) -> Key | None:
    """The table by project, dataset and name; the jobs of INFORMATION_SCHEMA and temporary tables have none."""
    if scan.table == JOBS or (scan.table.startswith('"temp"') and ".__" not in scan.table):
        return scan.table, "", ""
    if "." in scan.table:
        return None
    if scan.place:
        return (*scan.place, scan.table)
    named = (key for key in sorted(context.referenced) if len(key) == 3 and key[2] == scan.table)
    return next(named, None)


def _bytes(key: Key, used: Iterable[Scan], counts: dict[str, dict[int, int]]) -> int:
    """The union of the columns for the rows of the partitions that any of the scans has read."""
    used, known = list(used), _known.get(key)
    rows = counts[key[0]]
    if known is None or known.rows != rows.get(known.identity, 0):
        identity = lake_listing.newest(key[0]).tables.get(key[1], {}).get(key[2], -1)
        known = _known[key] = _learn(key, identity, rows.get(identity, 0))
    columns = {column for scan in used for column in scan.columns}
    columns |= {name for name in known.widths for scan in used if any(name in text for text in scan.filters)}
    width = sum(known.widths.get(column, 0.0) for column in columns)
    return math.ceil(width * max(_rows(known, scan) for scan in used))


def _rows(known: Known, scan: Scan) -> int:
    if not known.partitioned:
        return known.rows
    first, last = scan.days(known.partitioned)
    return sum(count for day, count in known.by_day.items() if first <= day <= last)


def _learn(key: Key, identity: int, rows: int) -> Known:
    resource, name = tables.load(*key), tables.name(*key)
    fields = {one.name: (one.type or "").upper() if one.mode != "REPEATED" else "" for one in tables.fields(resource)}
    texts = [column for column, kind in fields.items() if kind not in WIDTHS]
    lengths = ", ".join(f"avg(strlen({database.quote(column)}::VARCHAR))" for column in texts)
    known = Known(identity, rows, widths={column: WIDTHS.get(kind, 2.0) for column, kind in fields.items()})
    with database.cursor() as cursor:
        if texts:
            found = cursor.execute(f"SELECT {lengths} FROM (SELECT * FROM {name} LIMIT {SAMPLE})").fetchone()
            known.widths |= {column: 2 + (length or 0) for column, length in zip(texts, found or (), strict=True)}
        partitioning = resource.timePartitioning
        if partitioning and partitioning.field in fields:
            known.partitioned = partitioning.field
            day = f"date_trunc('{partitioning.type or 'DAY'}', {database.quote(partitioning.field)})::DATE"
            known.by_day = dict(cursor.execute(f"SELECT {day}, count(*) FROM {name} GROUP BY 1").fetchall())
            known.by_day.pop(None, None)  # type: ignore[call-overload] # rows without a day are in a partition of none
    return known
