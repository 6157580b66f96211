"""Declared tables beside those that are there: changes that lose rows, and sources of others that lack something."""

from __future__ import annotations

import json

from catalog import Catalog, Placement, source_columns
from catalog.compat import losses, refusals
from catalog.expiry import expiry, undying
from catalog.model import Table
from catalog.retirement import is_retired_table
from components.live.reading import Live, LiveTable, is_ours
from settings.model import Settings


def table_problems(catalog: Catalog, settings: Settings, place: Placement, live: Live) -> list[str]:
    """One message a problem: `path:line: what`, and how to mend it."""
    problems = [
        f"{catalog.tables[name].path}: the rows of {name} are on their way to its new layout: made now it would be "
        f"empty\n  fix: eros adopt -s {settings.stack} --migrate {name}"
        for name in sorted(live.moving & catalog.tables.keys())
    ]
    for name, declared in catalog.tables.items():
        if declared.is_source and not settings.manage_sources:
            problems += _missing_source(catalog, place, name, live.tables.get(name))
        elif name in live.tables:
            refused = refusals(declared, live.tables[name])
            ours = is_ours(live.tables[name].get("labels") or {}, settings)
            # Refused in any case; without our labels there is another way than that of a later release.
            problems += refused if ours or not refused else [*refused, _another_s(declared, settings)]
            problems += _expiring(declared, place, live.tables[name])
    return problems


def _expiring(table: Table, place: Placement, live: LiveTable) -> list[str]:
    """No declared table has an end of its own."""
    end = expiry(live)
    if end is None:
        return []
    return [
        f"{table.path}:{table.line}: BigQuery deletes {table.name} with its rows on {end:%Y-%m-%d %H:%M} UTC "
        f"(expirationTime)\n  fix: {undying('table', str(place.address(table.name)))}"
    ]


def _another_s(table: Table, settings: Settings) -> str:
    return (
        f"{table.path}:{table.line}: {table.name} exists with another layout and does not come from this stack\n"
        f"  fix: eros adopt -s {settings.stack}"
    )


def table_notices(catalog: Catalog, settings: Settings, live: Live) -> list[str]:
    """Columns that this update drops with their values, and tables that are no longer protected."""
    notices: list[str] = []
    for name, declared in catalog.tables.items():
        if declared.is_source and not settings.manage_sources:
            continue
        if name in live.tables:
            notices += losses(declared, live.tables[name])
        if is_retired_table(declared.labels):
            notices.append(f"{declared.path}: {name} is retired: nothing protects it, without its file it is deleted")
    return notices


def _missing_source(catalog: Catalog, place: Placement, name: str, live: LiveTable | None) -> list[str]:
    path = catalog.tables[name].path
    if live is None:
        return [
            f"{path}: source table {name} does not exist: there is no {place.address(name)}\n"
            "  fix: let its owner create it; or say where it is (pulumi config set sourceDataset DATASET, "
            f"pulumi config set --path objectNames.{name} PHYSICAL); or pulumi config set manageSources true"
        ]
    present = {column["name"].lower() for column in json.loads(live["schema"])}
    return [
        f"{path}:{column.line}: source table {name} lacks column {column.name}, which the SQL uses\n"
        f"  fix: let its owner add {column.name} {column.type}"
        for column in source_columns(catalog, name)
        if column.name.lower() not in present
    ]
