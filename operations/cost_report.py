"""`eros cost`: what the schedules are billed, from the catalog's estimate and a price, beside what they were billed.

Table sizes come from an assumed volume (no network) or from the tables of a deployed stack.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from google.cloud import bigquery
from rich.console import Console

from catalog import Catalog, Placement
from catalog.cost import ScheduleCost, TableSize
from catalog.cost.price import DAYS as TARGET_DAYS
from catalog.cost.price import DAYS_A_MONTH, TARGETS
from catalog.cost.price import TEBIBYTE as TEBIBYTE
from catalog.cost.price import Price as Price
from catalog.cost.sizes import column_bytes
from catalog.model import Table, TimePartitioning
from operations import display
from operations.billed import DAYS, Bill
from operations.clients import answering

GIBIBYTE = 2**30
MEBIBYTE = 2**20
QUERY_SECONDS = 60.0
ASSUMPTIONS = (
    "Errs high: every branch of an IF counts, loops run once for each creator, clustering does not prune, a refresh "
    "computes its view anew, other calls are as often as config/volumes.yaml says. Temporary tables and reads of "
    "materialized views count 10 MiB, exception handlers nothing."
)


def measured_sizes(client: bigquery.Client, place: Placement, catalog: Catalog) -> dict[str, TableSize]:
    """Rows, days and widths of the tables of a deployed stack. Errors: CloudError.

    Reads one column of each partitioned table. Where the service does not say how large a table is, its rows count
    with the widths of the model.
    """
    with answering(
        f"table sizes of {place.project}.{place.dataset}", fix="is the stack deployed? without one: eros cost"
    ):
        there = {
            f"{dataset}.{found.table_id}"
            for dataset in place.datasets
            for found in client.list_tables(f"{place.project}.{dataset}", timeout=QUERY_SECONDS)
        }
        return {
            # A table of a later release than the deployed one is empty, as it will be at first.
            name: _measured(client, place, table, catalog.volumes.texts)
            if f"{place.dataset_of(name)}.{place.name(name)}" in there
            else TableSize(0, 0, column_bytes(table, catalog.volumes.texts))
            for name, table in catalog.tables.items()
        }


def as_json(
    costs: Sequence[ScheduleCost], price: Price, top: int, billed: Mapping[str, Bill] | None = None
) -> dict[str, Any]:
    """The estimate for programs, with what was billed where a stack was asked; bytes and US dollars."""
    total = sum(cost.bytes_a_month for cost in costs)
    return {
        "schedules": [_schedule_json(cost, price, top) | _billed_json(cost.name, price, billed) for cost in costs],
        "targets": {
            name: {"dollars": _dollars(total, price, name), "target": target, "is_met": is_met(total, price, name)}
            for name, target in TARGETS.items()
        },
        "bytes_a_month": round(total),
        "free_bytes_a_month": round(price.free_tebibytes * TEBIBYTE),
        "price_per_tebibyte": price.per_tebibyte,
        "dollars_a_month_before_free": round(price.of(total), 4),
        "dollars_a_month": round(price.to_pay(total), 4),
    }


def show(
    console: Console,
    costs: Sequence[ScheduleCost],
    price: Price,
    top: int,
    billed: Mapping[str, Bill] | None = None,
) -> None:
    """The estimate for people: a row a schedule, beside it what was billed; the dearest statements, sum and targets."""
    seen = () if billed is None else (f"runs in {DAYS} days", "billed MiB a run", f"billed $ in {DAYS} days")
    headers: tuple[str, ...] = ("schedule", "runs a month", "MiB a run", "GiB a month", "$ a month", *seen)
    rows = [
        (
            cost.name,
            f"{cost.runs_a_month:.0f}",
            f"{cost.bytes_a_run / MEBIBYTE:.0f}",
            f"{cost.bytes_a_month / GIBIBYTE:.1f}",
            f"{price.of(cost.bytes_a_month):.2f}",
            *_billed_cells(cost.name, price, billed),
        )
        for cost in costs
    ]
    console.print(display.table(headers, rows))
    largest = sorted(
        ((cost.name, one) for cost in costs for one in cost.statements), key=lambda pair: -pair[1].bytes_a_month
    )
    headers = ("largest statements", "schedule", "MiB", "times a month", "GiB a month")
    statements = (
        (
            f"sql/{one.folder}/{one.procedure}.sql:{one.line}",
            name,
            f"{one.bytes / MEBIBYTE:.0f}",
            f"{one.times_a_month:.0f}",
            f"{one.bytes_a_month / GIBIBYTE:.1f}",
        )
        for name, one in largest[:top]
    )
    console.print(display.table(headers, statements))
    total = sum(cost.bytes_a_month for cost in costs)
    console.print(
        f"{total / TEBIBYTE:.3f} TiB a month, {price.free_tebibytes:g} TiB free: ${price.to_pay(total):.2f} a month "
        f"(${price.of(total):.2f} without the free part, at ${price.per_tebibyte:g} per TiB)",
    )
    for name, target in TARGETS.items():
        met = "within" if is_met(total, price, name) else "above"
        console.print(f"${_dollars(total, price, name):.2f} a {name}, {met} the target of ${target:.2f}")
    console.print(ASSUMPTIONS)


def is_met(bytes_a_month: float, price: Price, name: str) -> bool:
    """Whether the target of a day or a week is kept, without the free part."""
    return _dollars(bytes_a_month, price, name) <= TARGETS[name]


def _dollars(bytes_a_month: float, price: Price, name: str) -> float:
    return round(price.of(bytes_a_month) / DAYS_A_MONTH * TARGET_DAYS[name], 4)


def _billed_cells(name: str, price: Price, billed: Mapping[str, Bill] | None) -> tuple[str, ...]:
    if billed is None:
        return ()
    if (found := billed.get(name)) is None:
        return ("0", "-", "-")
    return (str(found.runs), f"{found.bytes_a_run / MEBIBYTE:.0f}", f"{price.of(found.bytes):.4f}")


def _billed_json(name: str, price: Price, billed: Mapping[str, Bill] | None) -> dict[str, Any]:
    if billed is None:
        return {}
    found = billed.get(name, Bill(0, 0))
    kept = {"days": DAYS, "runs": found.runs, "bytes": found.bytes, "bytes_a_run": round(found.bytes_a_run)}
    return {"billed": kept | {"dollars": round(price.of(found.bytes), 4)}}


def _schedule_json(cost: ScheduleCost, price: Price, top: int) -> dict[str, Any]:
    return {
        "name": cost.name,
        "runs_a_month": round(cost.runs_a_month, 1),
        "bytes_a_run": round(cost.bytes_a_run),
        "bytes_a_month": round(cost.bytes_a_month),
        "dollars_a_month": round(price.of(cost.bytes_a_month), 4),
        "largest_statements": [
            {
                "procedure": one.procedure,
                "line": one.line,
                "bytes": one.bytes,
                "times_a_month": round(one.times_a_month, 1),
                "bytes_a_month": round(one.bytes_a_month),
            }
            for one in cost.statements[:top]
        ],
    }


def _measured(client: bigquery.Client, place: Placement, table: Table, texts: Mapping[str, int]) -> TableSize:
    name = str(place.address(table.name))
    days = "0"
    if isinstance(table.partitioning, TimePartitioning) and table.partitioning.type in ("DAY", "HOUR"):
        days = f"COUNT(DISTINCT DATE(t.`{table.partitioning.field}`))"
    query = f"SELECT COUNT(*) AS row_count, {days} AS days FROM `{name}` AS t"
    found = next(iter(client.query(query, timeout=QUERY_SECONDS).result(timeout=QUERY_SECONDS)))
    stored = client.get_table(name, timeout=QUERY_SECONDS).num_bytes
    return TableSize(found.row_count, found.days, _scaled(column_bytes(table, texts), stored, found.row_count))


def _scaled(widths: Mapping[str, float], stored: int | None, rows: int) -> dict[str, float]:
    """Model widths in the proportion that makes a whole row as wide as it is stored."""
    factor = stored / rows / sum(widths.values()) if stored and rows else 1.0
    return {column: width * factor for column, width in widths.items()}
