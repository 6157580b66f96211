"""Declared tables beside those that are there: changes that lose rows, and sources of others that lack something."""

from __future__ import annotations

import json

from catalog import Catalog, Placement, source_columns
from catalog.compat import refusals
from components.live.reading import Live, LiveTable
from settings.model import Settings


def table_problems(catalog: Catalog, settings: Settings, place: Placement, live: Live) -> list[str]:
    """One message a problem: `path:line: what`, and how to mend it."""
    problems: list[str] = []
    for name, declared in catalog.tables.items():
        if declared.is_source and not settings.manage_sources:
            problems += _missing_source(catalog, place, name, live.tables.get(name))
        elif name in live.tables:
            problems += refusals(declared, live.tables[name])
    return problems


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
