"""Every column of a result has a description: inherited from the column it is, or written in its file.

Owns what is refused and the fix. Tables are held to the same by `catalog.lint.table_rules`.
"""

from __future__ import annotations

from collections.abc import Iterator

from catalog.catalog import Catalog
from catalog.errors import CatalogError, finding
from catalog.model import Routine, Table, View
from catalog.reference.columns import Results

RULE = "description"


def undescribed(catalog: Catalog) -> list[CatalogError]:
    """What is missing, says nothing new or stands above no column, in all views and table functions.

    A column that is passed on is found where it comes from.
    """
    results = Results(catalog)
    return [
        found
        for declared in catalog.objects.values()
        if not isinstance(declared, Table)
        for found in (*_strays(results, declared), *_columns(results, declared))
    ]


def _strays(results: Results, declared: View | Routine) -> Iterator[CatalogError]:
    for line in results.notes(declared.name).strays:
        message = "a note --: that stands above no column of the result"
        fix = f"put it on the lines above the column in {_place(declared)}, or write an ordinary comment"
        yield finding(declared.path, line, message, fix=fix, rule=RULE)


def _columns(results: Results, declared: View | Routine) -> Iterator[CatalogError]:
    notes, derived = results.notes(declared.name), results.derived(declared.name)
    for key, column in results.of(declared.name).items():
        line = notes.lines.get(key, declared.line)
        note = notes.texts.get(key)
        if not column.description and not column.source:
            message = f"column {column.name} is computed and has no description"
            fix = f"write --: what it means, in which unit, what null means, above it in {_place(declared)}"
            yield finding(declared.path, line, message, fix=fix, rule=RULE)
        elif note and column.source and note.text == derived[key].description:
            message = f"column {column.name} has the description of {'.'.join(column.source)} already"
            yield finding(declared.path, note.line, message, fix="take the note out", rule=RULE)


def _place(declared: View | Routine) -> str:
    return "the outermost SELECT" if isinstance(declared, View) else "RETURNS TABLE<...>"
