"""What is in the dataset already: read before anything is registered, so that a refusal changes nothing.

Scope: refusing a table change that BigQuery makes by replacement (its rows would go), and source tables that lack
what the SQL uses. Not here: how a change is classed (`catalog.compat`), which columns are used (`catalog`).
"""

from __future__ import annotations

import asyncio
from typing import Any

import pulumi
from pulumi.runtime import invoke_async
from pulumi.runtime.sync_await import _sync_await

from catalog import Catalog, refusals, source_columns
from settings.errors import ErosError
from settings.model import Settings

READ_TABLE = "gcp:bigquery/getTable:getTable"
# How Google, the provider or both say that there is nothing yet: no table, no dataset, no API.
ABSENT = ("not found", "notfound", "error 404", "service_disabled", "has not been used in project")


class LiveError(ErosError):
    """What is deployed and what is declared do not go together."""


def refuse_unsafe_changes(catalog: Catalog, settings: Settings, parent: pulumi.Resource) -> None:
    """Reads every declared table. Errors: LiveError with each refused change, its reason and the way to make it."""
    options = pulumi.InvokeOptions(parent=parent)
    live = _read_tables(sorted(catalog.tables), settings, options)
    problems: list[str] = []
    for name, declared in catalog.tables.items():
        if declared.is_source and not settings.manage_sources:
            problems += _missing_source(catalog, name, live.get(name))
        elif name in live:
            problems += refusals(declared, live[name])
    if problems:
        raise LiveError("nothing was changed:\n" + "\n".join(problems))


def _read_tables(names: list[str], settings: Settings, options: pulumi.InvokeOptions) -> dict[str, dict[str, Any]]:
    """Live tables by name, read side by side; the program runs inside the event loop, hence the nested wait."""
    found = _sync_await(asyncio.gather(*(_read_table(name, settings, options) for name in names)))
    return {name: table for name, table in zip(names, found, strict=True) if table}


async def _read_table(name: str, settings: Settings, options: pulumi.InvokeOptions) -> dict[str, Any] | None:
    arguments = {"project": settings.project, "datasetId": settings.dataset, "tableId": name}
    try:
        answer = await invoke_async(READ_TABLE, arguments, options)
    except Exception as error:
        if any(word in str(error).lower() for word in ABSENT):
            return None
        raise LiveError(
            f"table {settings.dataset}.{name} of project {settings.project} cannot be read: {error}",
            fix="check credentials and the role roles/bigquery.metadataViewer on the dataset",
        ) from error
    return answer if answer and answer.get("schema") else None


def _missing_source(catalog: Catalog, name: str, live: dict[str, Any] | None) -> list[str]:
    path = catalog.tables[name].path
    if live is None:
        return [
            f"{path}: source table {name} does not exist in the dataset\n"
            "  fix: let its owner create it, or pulumi config set manageSources true"
        ]
    missing = [column for column in source_columns(catalog, name) if column not in _columns(live)]
    return [
        f"{path}: source table {name} lacks column {column.name} {column.type}, which the SQL uses\n"
        f"  fix: add the column to the source as {column.type} NULLABLE"
        for column in missing
    ]
