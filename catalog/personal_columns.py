"""Which columns must say what they hold of a creator: by their name and type, and by where their values come from.

A column that is forgotten here would be forgotten by every erasure, so it is a finding until it has a mark
(`catalog.personal`), if only one that says why it holds nothing. Lineage follows the platform's own procedures; what
operations write is found by name and type.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from catalog.catalog import Catalog
from catalog.errors import CatalogError, finding
from catalog.model import Routine, Table
from catalog.personal import FIX, marked
from catalog.reference.columns import Results
from catalog.reference.queries import ROWS, Name
from catalog.reference.written import written_columns
from catalog.schema import Column, walk

RULE = "personal-data"
TEXTS = ("STRING", "BYTES", "JSON")
# Texts that name a page or caption, or that somebody or something writes in words.
NAMED = re.compile(
    r"(^|_)(page|pages|creator|creators|account|caption|captions)(_|$)"
    r"|(^|_)(message|text|details|notes?|reason|why|report|subject|comment|holder|url|sheet_name)$"
    r"|(^|_)(schedule_id|entity_id)$"
)
PASSED_ON = ("page", "text", "words")


def undeclared(catalog: Catalog) -> list[CatalogError]:
    """Columns of tables without a mark that need one."""
    found = {}
    for table in catalog.tables.values():
        for path, column in walk(table.columns):
            if column.personal is None and (why := _by_itself(column)):
                found[table.name, path.lower()] = (column, why)
    for name, origin in _by_lineage(catalog).items():
        filled = _column(catalog.tables[name[0]], name[1])
        if filled and filled.personal is None:
            found.setdefault(name, (filled, f"gets values of {'.'.join(origin)}"))
    return [_finding(catalog.tables[table], path, *why) for (table, path), why in found.items()]


def _finding(table: Table, path: str, column: Column, why: str) -> CatalogError:
    message = f"column {path} {why} and does not say what it holds of a creator"
    return finding(table.path, column.line, message, fix=f"{FIX} on the line above", rule=RULE)


def _by_itself(column: Column) -> str:
    """Why a column needs a mark, whatever is written into it; '' when it needs none."""
    if column.type == "JSON":
        return "is JSON"
    if column.mode == "REPEATED" and column.type in TEXTS:
        return "is a list of texts"
    if column.name.lower() == "caption_id" or (column.type in TEXTS and NAMED.search(column.name.lower())):
        return "is called like one that names a page or caption, or holds words"
    return ""


def _by_lineage(catalog: Catalog) -> Mapping[Name, Name]:
    """Text columns that a procedure writes from a marked one, each with that one."""
    results = Results(catalog)
    holding = {
        (table.name, one.path.lower())
        for table in catalog.tables.values()
        for one in marked(table.columns)
        if one.personal.holds in PASSED_ON and one.column.type in TEXTS
    }
    found: dict[Name, Name] = {}
    for routine in catalog.routines.values():
        if routine.kind != "PROCEDURE":
            continue
        for name, origin in _written(results, routine):
            if origin in holding:
                found.setdefault(name, origin)
    return found


def _written(results: Results, procedure: Routine) -> Iterator[tuple[Name, Name]]:
    tables = results.catalog.tables
    for (table, column), inputs in written_columns(results, procedure).items():
        declared = _column(tables[table], column) if table in tables and column != ROWS else None
        if declared and declared.type in TEXTS:
            for origin in sorted(_origins(results, inputs)):
                yield (table, column.lower()), origin


def _origins(results: Results, inputs: frozenset[Name]) -> set[Name]:
    """The columns of tables behind columns of anything."""
    seen: set[Name] = set()
    waiting = list(inputs)
    while waiting:
        name = (waiting[-1][0], waiting.pop()[1].lower())
        if name not in seen:
            seen.add(name)
            column = results.of(name[0]).get(name[1])
            waiting += column.inputs if column and name[0] not in results.catalog.tables else ()
    return seen


def _column(table: Table, name: str) -> Column | None:
    return next((column for column in table.columns if column.name.lower() == name.lower()), None)
