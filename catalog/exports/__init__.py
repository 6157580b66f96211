"""Procedures that are made from `sql/tables`: the same statements for every table that is exported.

`export_tables` makes the one that exports every table whole, `archive` the one for rows that leave their tables. What
calls them, when and with which folder, is written by hand in `sql/procedures`. Both are declared only where something
calls them, and read, checked, granted and priced like files of `sql/`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from catalog import graph
from catalog.exports import archive, export_tables
from catalog.model import DeclaredObject, Routine, Table
from catalog.references import LogicalSql
from catalog.routines import parse_procedure
from catalog.tokens import SqlText

MAKERS = {export_tables.NAME: export_tables, archive.NAME: archive}


def made(objects: Mapping[str, DeclaredObject]) -> tuple[Routine, ...]:
    """The procedures that the objects call and no file declares. Raises CatalogError."""
    called = {reference.name for item in objects.values() for reference in graph.references_of(item)}
    tables = [item for _, item in sorted(objects.items()) if isinstance(item, Table)]
    return tuple(
        _routine(name, maker.text(tables)) for name, maker in MAKERS.items() if name in called and name not in objects
    )


def generated(objects: Mapping[str, DeclaredObject]) -> dict[Path, str]:
    """The text of each, by the module that makes it."""
    items = {name: objects.get(name) for name in MAKERS}
    return {_path(name): item.sql.source.text for name, item in items.items() if isinstance(item, Routine)}


def _path(name: str) -> Path:
    return Path(*MAKERS[name].__name__.split(".")).with_suffix(".py")


def _routine(name: str, text: str) -> Routine:
    # Read like a file of sql/procedures; findings name the module that makes it.
    routine = parse_procedure(SqlText(Path("sql/procedures") / f"{name}.sql", text))
    path = _path(name)
    return replace(routine, path=path, line=1, sql=LogicalSql(SqlText(path, text), routine.sql.tokens))
