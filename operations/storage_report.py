"""The report `storage`: what the tables of a deployed stack hold and cost to keep.

From the tables themselves and no view: INFORMATION_SCHEMA.TABLE_STORAGE wants rights to every table of the project
(https://cloud.google.com/bigquery/docs/information-schema-table-storage), a table tells its size to whoever may see it.
"""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

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


def report(client: bigquery.Client, place: Placement, tables: Iterable[str]) -> Result:
    """A row a table that is there, the largest first, below one for all together. Errors: CloudError."""

    def size(name: str) -> tuple[str, int, int, int] | None:
        try:
            table = client.get_table(str(place.address(name)), timeout=SECONDS)
        except NotFound:
            return None
        return name, table.num_rows or 0, table.num_bytes or 0, _long_term(table)

    with answering("table sizes", fix="may this account see the tables?"), ThreadPoolExecutor(PARALLEL) as pool:
        found = sorted(filter(None, pool.map(size, tables)), key=lambda one: (-one[2], one[0]))
    total = (ALL, sum(one[1] for one in found), sum(one[2] for one in found), sum(one[3] for one in found))
    return Result(COLUMNS, tuple(_row(*one) for one in (total, *found)))


def _row(name: str, rows: int, size: int, long_term: int) -> dict[str, object]:
    cost = ((size - long_term) * ACTIVE_PRICE + long_term * LONG_TERM_PRICE) / GIBIBYTE
    return dict(zip(COLUMNS, (name, rows, size / GIBIBYTE, long_term / GIBIBYTE, cost), strict=True))


def _long_term(table: bigquery.Table) -> int:
    """Part of num_bytes that nobody changed in 90 days; the client has no word for it."""
    return int(table.to_api_repr().get("numLongTermBytes") or 0)
