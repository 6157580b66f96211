"""Bytes that BigQuery bills for each schedule, other calls and refreshes: a run, a month, the largest statements.

Rules (on-demand prices): every child statement of a script is billed by itself; each table in it counts once, with
the columns that are read and the partitions that are left, and with at least 10 MiB; temporary tables count too.
Reading a materialized view counts with the minimum, its automatic refreshes with all that it reads: they are billed to
the project, and an UPDATE, DELETE or MERGE on the base makes a view without partitions be computed anew as a whole
(https://cloud.google.com/bigquery/docs/materialized-views-use#incremental_updates).
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from catalog.catalog import Catalog
from catalog.cost.calls import Billed, billed_statements
from catalog.cost.scans import Scan, object_scans
from catalog.cost.sizes import TableSize
from catalog.model import MaterializedView
from catalog.schedules import Schedule
from catalog.script import Statement
from catalog.volumes import DAYS_A_MONTH

MINIMUM_BYTES = 10 * 2**20
COUNTED_DAYS = 28
REFRESHES = "materialized views"
# BigQuery's own interval where a view states none.
DEFAULT_REFRESH_MINUTES = 30


@dataclass(frozen=True, slots=True)
class RunCost:
    """A statement with the bytes of one execution and its executions a month.

    `procedure` is the object that holds it, in `folder` below sql/; `scans` is what it reads, `statement` what it is in
    a procedure.
    """

    procedure: str
    line: int
    bytes: int
    times_a_month: float
    folder: str = "procedures"
    scans: tuple[Scan, ...] = field(default=(), repr=False)
    statement: Statement | None = field(default=None, repr=False)

    @property
    def bytes_a_month(self) -> float:
        return self.bytes * self.times_a_month


@dataclass(frozen=True, slots=True)
class ScheduleCost:
    """A schedule with its runs a month and its statements, dearest first."""

    name: str
    runs_a_month: float
    statements: tuple[RunCost, ...]

    @property
    def bytes_a_month(self) -> float:
        return sum(statement.bytes_a_month for statement in self.statements)

    @property
    def bytes_a_run(self) -> float:
        """Mean over the runs of a month: work that is done once a day is spread over the runs of the day."""
        return self.bytes_a_month / self.runs_a_month


def estimate(catalog: Catalog, sizes: Mapping[str, TableSize], creators: int) -> tuple[ScheduleCost, ...]:
    """The cost of every schedule in the order of the file, of other calls, and of the refreshes of views."""
    costs = [
        _procedure_cost(catalog, schedule.name, schedule.procedure, runs_a_month(schedule), sizes, creators)
        for schedule in catalog.schedules.values()
    ]
    costs += [
        _procedure_cost(catalog, call.name, call.procedure, call.times_a_day * DAYS_A_MONTH, sizes, creators)
        for call in catalog.volumes.calls
    ]
    refreshes = _refresh_costs(catalog, sizes)
    return (*costs, refreshes) if refreshes.statements else tuple(costs)


def billed_bytes(scans: Iterable[Scan], sizes: Mapping[str, TableSize]) -> int:
    """What one execution is billed: each table once, at least the minimum."""
    uses: dict[str, list[Scan]] = defaultdict(list)
    for scan in scans:
        uses[scan.table].append(scan)
    return sum(_table_bytes(found, sizes.get(table)) for table, found in uses.items())


def runs_a_month(schedule: Schedule) -> float:
    """How often the service starts it in a mean month, counted over four weeks."""
    instant = datetime(2025, 6, 1, tzinfo=UTC)
    end = instant + timedelta(days=COUNTED_DAYS)
    runs = 0
    while (instant := schedule.next_after(instant)) <= end:
        runs += 1
    return runs / COUNTED_DAYS * DAYS_A_MONTH


def _procedure_cost(
    catalog: Catalog, name: str, procedure: str, runs: float, sizes: Mapping[str, TableSize], creators: int
) -> ScheduleCost:
    statements = [
        RunCost(
            billed.procedure,
            billed.line,
            billed_bytes(billed.scans, sizes),
            _times_a_month(billed, runs),
            scans=billed.scans,
            statement=billed.statement,
        )
        for billed in billed_statements(catalog, procedure, creators)
    ]
    statements.sort(key=lambda statement: statement.bytes_a_month, reverse=True)
    return ScheduleCost(name, runs, tuple(statements))


def _refresh_costs(catalog: Catalog, sizes: Mapping[str, TableSize]) -> ScheduleCost:
    statements = [
        RunCost(
            view.name,
            view.sql.line,
            billed_bytes(object_scans(catalog, view.name), sizes),
            _refreshes_a_month(catalog, view),
            "materialized_views",
            object_scans(catalog, view.name),
        )
        for view in catalog.materialized_views.values()
        if view.enable_refresh
    ]
    statements.sort(key=lambda statement: statement.bytes_a_month, reverse=True)
    return ScheduleCost(REFRESHES, sum(one.times_a_month for one in statements), tuple(statements))


def _refreshes_a_month(catalog: Catalog, view: MaterializedView) -> float:
    """At each interval, unless the base changes less often. Sources may change at any time: nobody here writes them."""
    at_intervals = DAYS_A_MONTH * 24 * 60 / (view.refresh_interval_minutes or DEFAULT_REFRESH_MINUTES)
    bases = {scan.table for scan in object_scans(catalog, view.name)}
    if any(catalog.tables[base].is_source for base in bases):
        return at_intervals
    changes = sum(
        runs_a_month(schedule) for schedule in catalog.schedules.values() if _changes(catalog, schedule, bases)
    )
    return min(at_intervals, changes)


def _changes(catalog: Catalog, schedule: Schedule, bases: set[str]) -> bool:
    start = schedule.procedure
    return bool(bases & {*catalog.writes(start), *catalog.writes_through(start)})


def _times_a_month(billed: Billed, runs: float) -> float:
    return billed.times * {"run": runs, "day": DAYS_A_MONTH, "month": 1}[billed.period]


def _table_bytes(scans: list[Scan], size: TableSize | None) -> int:
    """All uses of one table: the columns of all of them, over the longest of their windows."""
    if size is None:
        return MINIMUM_BYTES
    columns = frozenset[str]().union(*(scan.columns for scan in scans))
    days = [scan.window.days if scan.window.has_lower else None for scan in scans]
    longest = None if None in days else max(day for day in days if day is not None)
    return max(MINIMUM_BYTES, math.ceil(size.bytes_of(columns, longest)))
