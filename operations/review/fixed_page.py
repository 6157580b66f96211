"""The performance report of one page on fixed data: what it must say whatever changes.

The page sends one message a day to 5,000 followers, a quarter of those who look unlock it, and it earns 2,500 dollars a
month: it is SMALL and its risk LOW. The changed versions of everything that the report reads are made in a dataset of
their own, which goes again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager

from google.api_core.exceptions import GoogleAPICallError, RetryError
from google.cloud import bigquery

from catalog import Catalog, Placement
from operations.errors import CloudError
from operations.review.findings import CheckResult
from operations.review.scratch_dataset import SECONDS, definition, reached, rehearsed
from operations.rows.statements import run

NAME = "performance report on fixed data"
REPORT = "analyze_saturation_status_at"
WANTED = ("SMALL", "LOW")
PAGE, NOW, DAYS = "fixed_page", "TIMESTAMP '2026-03-02 20:00:00+00'", 90
FOLLOWERS, LOOKING, UNLOCKING, DOLLARS_A_MONTH = 5_000, 40, 10, 2_500


def fixed_page(
    client: bigquery.Client, deployed: Placement, catalog: Catalog, changed: Collection[str]
) -> CheckResult | None:
    """Passed when the page comes out as it must; None when nothing that the report reads changes."""
    read = reached(catalog, REPORT)
    if read.isdisjoint(changed):
        return None
    try:
        with _rehearsed(client, deployed, catalog, read) as place:
            run(client, _rows(place))
            (row,) = run(client, f"SELECT size_tier, risk_level FROM `{place.address(REPORT)}`('{PAGE}', {NOW})")
    except CloudError as error:
        return CheckResult(name=NAME, result="failed", note=error.message[:1_000])
    found = (str(row[0]), str(row[1]))
    note = f"{FOLLOWERS:,} followers, ${DOLLARS_A_MONTH:,} a month: {' and '.join(found)}"
    if found == WANTED:
        return CheckResult(name=NAME, result="passed", note=note)
    return CheckResult(name=NAME, result="failed", note=f"{note}, and must be {' and '.join(WANTED)}")


@contextmanager
def _rehearsed(
    client: bigquery.Client, deployed: Placement, catalog: Catalog, read: frozenset[str]
) -> Iterator[Placement]:
    with rehearsed(client, deployed, read) as place:
        try:
            for name in catalog.order():
                if name in read & catalog.tables.keys():
                    schema = client.get_table(str(deployed.address(name)), timeout=SECONDS).schema
                    client.create_table(bigquery.Table(str(place.address(name)), schema=schema), timeout=SECONDS)
                elif name in read:
                    run(client, definition(catalog, name, place))
        except (GoogleAPICallError, RetryError) as error:
            raise CloudError(f"cannot be made: {getattr(error, 'message', error)}") from error
        yield place


def _rows(place: Placement) -> str:
    earned = f"{DOLLARS_A_MONTH} / 30"
    return (
        f"INSERT INTO `{place.address('mass_messages')}` (row_id, page_name, message, sending_time, price, sent_count, "
        "viewed_count, purchased_count, earnings, message_type)\n"
        f"SELECT n, '{PAGE}', CONCAT('message ', CAST(n AS STRING)), TIMESTAMP_SUB({NOW}, INTERVAL n DAY), "
        f"{earned} / {UNLOCKING}, {FOLLOWERS}, {LOOKING}, {UNLOCKING}, {earned}, 'Unlock'\n"
        f"FROM UNNEST(GENERATE_ARRAY(1, {DAYS})) AS n"
    )
