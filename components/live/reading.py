"""Reads what is deployed through the provider's functions, so that the program needs no client of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import pulumi
from pulumi.runtime import invoke_async
from pulumi.runtime.sync_await import _sync_await

from catalog import Catalog, Placement

LIST_DATASETS = "gcp:bigquery/getDatasets:getDatasets"
LIST_TABLES = "gcp:bigquery/getTables:getTables"
READ_TABLE = "gcp:bigquery/getTable:getTable"

LiveTable: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True)
class Live:
    """Tables and views as the provider's getTable shows them, by the logical name of what is declared."""

    tables: Mapping[str, LiveTable]


def read(catalog: Catalog, place: Placement, options: pulumi.InvokeOptions) -> Live:
    """What is there of the declared tables, in every dataset of the platform."""
    # The program runs inside the event loop, hence the SDK's nested wait; read side by side, not one by one.
    return _sync_await(_read(catalog, place, options))


async def _read(catalog: Catalog, place: Placement, options: pulumi.InvokeOptions) -> Live:
    """Lists first: the SDK fails the whole program for a function call that finds nothing, even when it is caught."""
    listed = await invoke_async(LIST_DATASETS, {"project": place.project}, options)
    there = {entry["datasetId"] for entry in listed.get("datasets") or ()}
    tables: dict[str, LiveTable] = {}
    for dataset in place.datasets:
        if dataset in there:
            tables |= await _declared_tables(catalog, place, dataset, options)
    return Live(tables)


async def _declared_tables(
    catalog: Catalog, place: Placement, dataset: str, options: pulumi.InvokeOptions
) -> dict[str, LiveTable]:
    where = {"project": place.project, "datasetId": dataset}
    listed = await invoke_async(LIST_TABLES, where, options)
    declared = place.by_name(dataset, catalog.tables)
    names = sorted(declared.keys() & {entry["tableId"] for entry in listed.get("tables") or ()})
    found = await asyncio.gather(*(invoke_async(READ_TABLE, {**where, "tableId": name}, options) for name in names))
    return {declared[name]: table for name, table in zip(names, found, strict=True)}
