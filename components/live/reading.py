"""Reads what is deployed through the provider's functions, so that the program needs no client of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import pulumi
from pulumi.runtime import invoke_async
from pulumi.runtime.sync_await import _sync_await

from catalog import Catalog, Placement
from settings.model import Settings

LIST_DATASETS = "gcp:bigquery/getDatasets:getDatasets"
LIST_TABLES = "gcp:bigquery/getTables:getTables"
READ_TABLE = "gcp:bigquery/getTable:getTable"

LiveTable: TypeAlias = Mapping[str, Any]


# What a migration fills before it takes the declared table's name.
MOVING_SUFFIX = "_migrating"


@dataclass(frozen=True)
class Live:
    """Tables and views as the provider's getTable shows them, by the logical name of what is declared."""

    tables: Mapping[str, LiveTable]
    strangers: Mapping[str, LiveTable]
    """What carries this stack's labels in the platform's own dataset and is not declared there, by physical name."""
    held: frozenset[str]
    """Logical names of the declared tables and views that exist in the platform's own dataset."""
    has_dataset: bool
    """Whether the platform's own dataset exists."""
    moving: frozenset[str] = frozenset()
    """Logical names of tables that a migration has taken from their place and not put back yet."""


def read(catalog: Catalog, settings: Settings, place: Placement, options: pulumi.InvokeOptions) -> Live:
    """What is there of the declared tables, in every dataset of the platform, and what else the stack made."""
    # The program runs inside the event loop, hence the SDK's nested wait; read side by side, not one by one.
    return _sync_await(_read(catalog, settings, place, options))


async def _read(catalog: Catalog, settings: Settings, place: Placement, options: pulumi.InvokeOptions) -> Live:
    """Lists first: the SDK fails the whole program for a function call that finds nothing, even when it is caught."""
    listed = await invoke_async(LIST_DATASETS, {"project": place.project}, options)
    there = {entry["datasetId"] for entry in listed.get("datasets") or ()}
    listings = {dataset: await _listed(place, dataset, options) for dataset in place.datasets if dataset in there}
    tables: dict[str, LiveTable] = {}
    for dataset, listed in listings.items():
        declared = place.by_name(dataset, catalog.tables)
        found = await _tables(place, dataset, declared.keys() & listed.keys(), options)
        tables |= {declared[name]: table for name, table in found.items()}
    own = listings.get(place.dataset, {})
    made = {name for name, labels in own.items() if is_ours(labels, settings)}
    expected = place.by_name(place.dataset, managed(catalog, settings))
    strangers = await _tables(place, place.dataset, made - expected.keys(), options)
    held = frozenset(logical for name, logical in expected.items() if name in own)
    moving = frozenset(n for name, n in expected.items() if name not in own and f"{name}{MOVING_SUFFIX}" in own)
    return Live(tables, strangers, held, place.dataset in there, moving)


def managed(catalog: Catalog, settings: Settings) -> list[str]:
    """Names of everything that the stack itself makes: not the sources of others."""
    sources = () if settings.manage_sources else {name for name, table in catalog.tables.items() if table.is_source}
    return [name for name in catalog.objects if name not in sources]


def is_ours(labels: Mapping[str, str], settings: Settings) -> bool:
    """Whether an object carries this stack's labels; says nothing of what the state holds."""
    return all(labels.get(key) == settings.labels[key] for key in ("system", "environment"))


async def _listed(place: Placement, dataset: str, options: pulumi.InvokeOptions) -> dict[str, Mapping[str, str]]:
    """Labels by name of every table and view of a dataset."""
    listed = await invoke_async(LIST_TABLES, {"project": place.project, "datasetId": dataset}, options)
    return {entry["tableId"]: entry.get("labels") or {} for entry in listed.get("tables") or ()}


async def _tables(
    place: Placement, dataset: str, names: Iterable[str], options: pulumi.InvokeOptions
) -> dict[str, LiveTable]:
    where = {"project": place.project, "datasetId": dataset}
    ordered = sorted(names)
    found = await asyncio.gather(*(invoke_async(READ_TABLE, {**where, "tableId": name}, options) for name in ordered))
    return dict(zip(ordered, found, strict=True))
