"""The report `storage`: what the tables of a deployed stack hold and cost to keep.

From the tables themselves and no view: INFORMATION_SCHEMA.TABLE_STORAGE wants rights to every table of the project
(https://cloud.google.com/bigquery/docs/information-schema-table-storage), a table tells its size to whoever may see it.
"""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime

from google.api_core.exceptions import NotFound
from google.cloud import bigquery

from catalog import Placement
from operations.clients import answering
from operations.report_forms import Result

COLUMNS = ("table_name", "rows", "gib", "long_term_gib", "cost_usd_a_month")
ALL = "(all tables)"
GIBIBYTE = 2**30
# US dollars for a GiB and month, logical bytes (https://cloud.google.com/bigquery/pricing#storage); 10 GiB of a billing
# account are free and not taken off here.
ACTIVE_PRICE, LONG_TERM_PRICE = 0.02, 0.01
PARALLEL = 8
SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class StoredTable:
    """What a table says of itself; `long_term` is the part of its bytes that nobody changed in 90 days."""

    name: str
    rows: int
    bytes: int
    long_term: int
    modified: datetime | None = None


def report(client: bigquery.Client, place: Placement, tables: Iterable[str]) -> Result:
    """A row a table that is there, the largest first, below one for all together. Errors: CloudError."""
    found = sorted(stored(client, place, tables), key=lambda one: (-one.bytes, one.name))
    sums = (sum(one.rows for one in found), sum(one.bytes for one in found), sum(one.long_term for one in found))
    return Result(COLUMNS, tuple(map(_row, (StoredTable(ALL, *sums), *found))))


def stored(client: bigquery.Client, place: Placement, tables: Iterable[str]) -> list[StoredTable]:
    """Those of the tables that are there. Errors: CloudError."""

    def ask(name: str) -> StoredTable | None:
        try:
            table = client.get_table(str(place.address(name)), timeout=SECONDS)
        except NotFound:
            return None
        return StoredTable(name, table.num_rows or 0, table.num_bytes or 0, _long_term(table), table.modified)

    with answering("table sizes", fix="may this account see the tables?"), ThreadPoolExecutor(PARALLEL) as pool:
        return [table for table in pool.map(ask, tables) if table]


def _row(one: StoredTable) -> dict[str, object]:
    cost = ((one.bytes - one.long_term) * ACTIVE_PRICE + one.long_term * LONG_TERM_PRICE) / GIBIBYTE
    values = (one.name, one.rows, one.bytes / GIBIBYTE, one.long_term / GIBIBYTE, cost)
    return dict(zip(COLUMNS, values, strict=True))


def _long_term(table: bigquery.Table) -> int:
    """Part of num_bytes that nobody changed in 90 days; the client has no word for it."""
    return int(table.to_api_repr().get("numLongTermBytes") or 0)
