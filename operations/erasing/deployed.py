"""The erasures of a deployed stack, put together from its outputs and its catalog."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from google.api_core.exceptions import NotFound
from google.cloud import bigquery

from catalog import Catalog, Placement
from catalog import load_cached as load
from operations import display
from operations.backup.bucket import Bucket
from operations.backup.shelf import Shelf
from operations.clients import answering, bigquery_client, storage_client, transfer_client
from operations.erasing import erasure_report
from operations.erasing.hindrances import Hindrances
from operations.erasing.holders import Places
from operations.erasing.stillness import Still
from operations.erasing.subject_tables import SubjectTable
from operations.erasing.taking_out import AT_ONCE, Erasing
from operations.erasing.tombstones import Tombstones
from operations.maintenance import Maintenance
from operations.placement import placement
from operations.restore.standstill import Standstill
from operations.scheduled_runs import ScheduledQueries
from operations.stack import Stack
from outputs import StackOutputs

FIX = "ask who fills it, or take --sources; until then the next runs bring back what follows from it"


def tables(client: bigquery.Client, catalog: Catalog, place: Placement, names: Iterable[str]) -> list[SubjectTable]:
    """Those of the named tables that are there. Errors: CloudError."""

    def read(name: str) -> bigquery.Table | None:
        with answering(f"reading {place.address(name)}"):
            try:
                return client.get_table(str(place.address(name)), timeout=60.0)
            except NotFound:
                return None

    key = str(place.address("caption_key_v2"))
    wanted = sorted(names)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        live = list(pool.map(read, wanted))
    return [
        SubjectTable(client, name, catalog.tables.get(name), found, key)
        for name, found in zip(wanted, live, strict=True)
        if found and found.table_type == "TABLE"
    ]


def erasing(stack: str, *, sources: bool, as_json: bool, say: Callable[[str], None]) -> Erasing:
    """Errors: as `Stack.open`, OutputsError, CloudError. `sources`: tables that others fill are erased from, too."""
    opened = Stack.open(stack, say)
    outputs = opened.outputs()
    catalog, place = load(opened.root), placement(outputs)
    client = bigquery_client(outputs.project, outputs.location)
    others = set() if sources else set(outputs.sources) - set(outputs.tables)
    mine = {*outputs.tables, *(outputs.sources if sources else ())}
    queries = ScheduledQueries(transfer_client(), outputs)
    maintenance = Maintenance(client, queries, outputs)
    console = display.console(error=as_json)
    return Erasing(
        tables(client, catalog, place, mine),
        tables(client, catalog, place, others),
        Tombstones(client, place),
        _hindrances(client, place, opened.root, stack, outputs, catalog, queries, maintenance),
        Still(Standstill(maintenance, queries, outputs), maintenance),
        _places(client, place, outputs, str(opened.settings.export_spreadsheet or "")).holders,
        functools.partial(erasure_report.show, console, others_fix=FIX),
        say,
        functools.partial(_typed, say),
    )


def _typed(say: Callable[[str], None], question: str) -> str:
    """Asked on standard error: JSON stands alone on the other."""
    say(question)
    return input()


def _hindrances(
    client: bigquery.Client,
    place: Placement,
    root: Path,
    stack: str,
    outputs: StackOutputs,
    catalog: Catalog,
    queries: ScheduledQueries,
    maintenance: Maintenance,
) -> Hindrances:
    shelf = Shelf(Bucket.of(outputs), stack, outputs, catalog)
    return Hindrances(client, place, root, stack, shelf, queries, maintenance)


def _places(client: bigquery.Client, place: Placement, outputs: StackOutputs, spreadsheet: str) -> Places:
    buckets = {"backup": Bucket.of(outputs)}
    if outputs.archive_bucket:
        buckets["archive"] = Bucket(storage_client(outputs.project), outputs.archive_bucket)
    declared = {place.name(name) for name in (*outputs.tables, *outputs.sources)}
    return Places(client, place, buckets, spreadsheet, declared)
