"""What is in the dataset already: read before anything is registered, so that a refusal changes nothing.

Scope: refusing a table change that BigQuery makes by replacement (its rows would go), and source tables that lack
what the SQL uses. Not here: how a change is classed (`catalog.compat`), which columns are used (`catalog`).
"""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pulumi
from pulumi.runtime import invoke_async
from pulumi.runtime.sync_await import _sync_await

from catalog import Catalog, source_columns
from catalog.compat import refusals
from settings.errors import ErosError
from settings.model import Settings

LIST_DATASETS = "gcp:bigquery/getDatasets:getDatasets"
LIST_TABLES = "gcp:bigquery/getTables:getTables"
READ_TABLE = "gcp:bigquery/getTable:getTable"


class LiveError(ErosError):
    """What is deployed and what is declared do not go together."""


def refuse_unsafe_changes(catalog: Catalog, settings: Settings, provider: pulumi.ProviderResource) -> None:
    """Reads every declared table. Errors: LiveError with each refused change, its reason and the way to make it."""
    # The program runs inside the event loop, hence the SDK's nested wait; read side by side, not one by one.
    live = _sync_await(_read_tables(set(catalog.tables), settings, pulumi.InvokeOptions(provider=provider)))
    problems: list[str] = []
    for name, declared in catalog.tables.items():
        if declared.is_source and not settings.manage_sources:
            problems += _missing_source(catalog, name, live.get(name))
        elif name in live:
            problems += refusals(declared, live[name])
    if problems:
        raise LiveError("nothing was changed:\n" + "\n".join(problems))


async def _read_tables(
    declared: set[str], settings: Settings, options: pulumi.InvokeOptions
) -> dict[str, dict[str, Any]]:
    """Declared tables that exist, by name.

    Lists first: the SDK fails the whole program for a function call that finds nothing, even when it is caught.
    """
    place = {"project": settings.project, "datasetId": settings.dataset}
    datasets = await invoke_async(LIST_DATASETS, {"project": settings.project}, options)
    if settings.dataset not in {entry["datasetId"] for entry in datasets.get("datasets") or ()}:
        return {}
    listed = await invoke_async(LIST_TABLES, place, options)
    names = sorted(declared & {entry["tableId"] for entry in listed.get("tables") or ()})
    found = await asyncio.gather(*(invoke_async(READ_TABLE, {**place, "tableId": name}, options) for name in names))
    return dict(zip(names, found, strict=True))


def _missing_source(catalog: Catalog, name: str, live: dict[str, Any] | None) -> list[str]:
    path = catalog.tables[name].path
    if live is None:
        return [
            f"{path}: source table {name} does not exist in the dataset\n"
            "  fix: let its owner create it, or pulumi config set manageSources true"
        ]
    present = {column["name"].lower() for column in json.loads(live["schema"])}
    return [
        f"{path}:{column.line}: source table {name} lacks column {column.name}, which the SQL uses\n"
        f"  fix: let its owner add {column.name} {column.type}"
        for column in source_columns(catalog, name)
        if column.name.lower() not in present
    ]
