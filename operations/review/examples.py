"""A few rows that differ, where the key `reviewExamples` asks for them: which values may be seen, and how.

Shown are numbers, booleans and instants, and of texts only ids in a key, since what a text says nobody knows. What
holds personal data carries `data_class=restricted` (docs/reading-from-python.md): of such a table no column is shown
that is passed on, and none that is computed from a text or an id of it. What is not known is not shown.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from typing import Any

from google.cloud import bigquery

from catalog import Catalog
from catalog.model import Table
from catalog.reference.columns import Results
from catalog.reference.scope import ResultColumn
from operations.errors import CloudError
from operations.review.findings import MOST_EXAMPLES, Example, ExampleValue
from operations.rows.compared import Compared, columns_of, differing

NUMBERS = ("BOOL", "BOOLEAN", "INT64", "INTEGER", "FLOAT64", "FLOAT", "NUMERIC", "BIGNUMERIC")
TYPES = frozenset((*NUMBERS, "DATE", "DATETIME", "TIME", "TIMESTAMP"))
MOST_COLUMNS = 6
LONGEST = 60
AN_ID = re.compile(r"[\w.:-]{1,60}", flags=re.ASCII)
STRANGE = re.compile(r"[^\w .,:+-]")


class Showing:
    """How many rows of each object are shown, 0 for none. `before` is None when that is not known: then none is."""

    def __init__(self, most: int, catalog: Catalog, before: Catalog | None) -> None:
        self._most = min(most, MOST_EXAMPLES) if before else 0
        self._sides = [Results(one) for one in (catalog, before) if one]

    def of(
        self,
        client: bigquery.Client,
        name: str,
        places: tuple[str, str],
        found: Compared,
        *,
        without: Collection[str] = (),
    ) -> tuple[Example, ...]:
        """Rows of the object `name` that differ between the relations of `places`; none where they cannot be read."""
        if not self._most or not (found.added or found.removed or found.changed):
            return ()
        try:
            sides = [{one.name: one for one in columns_of(client, place)} for place in places]
            shown = {
                column: sides[0][column].field_type
                for column in sides[0]
                if column not in without and all(self._may_be_seen(name, side.get(column), found.key) for side in sides)
            }
            if not shown:
                return ()
            rows = differing(client, *places, key=found.key, shown=shown, most=self._most, without=without)
        except CloudError:
            return ()
        return tuple(_example(was, becomes, found.key, shown) for was, becomes in rows)

    def _may_be_seen(self, name: str, column: bigquery.SchemaField | None, key: Collection[str]) -> bool:
        if column is None or column.mode == "REPEATED":
            return False
        is_id = column.field_type == "STRING" and column.name in key and _names_an_id(column.name)
        if column.field_type not in TYPES and not is_id:
            return False
        return all(_is_free(side, name, column.name, needs_origin=is_id) for side in self._sides)


def _is_free(side: Results, name: str, column: str, *, needs_origin: bool) -> bool:
    """Whether a column of an object comes from nothing that is restricted."""
    found = side.of(name).get(column.lower())
    if found is None or (needs_origin and found.origin is None):
        return False
    if found.origin is not None and _is_restricted(side.catalog, found.origin[0]):
        return False
    return not any(_is_restricted(side.catalog, table) and _tells(side, table, of) for table, of in _ends(side, found))


def _ends(side: Results, column: ResultColumn) -> set[tuple[str, str]]:
    """The columns of tables that a value is made of."""
    waiting, seen, ends = list(column.inputs), set[tuple[str, str]](), set[tuple[str, str]]()
    while waiting:
        one = waiting.pop()
        if one in seen:
            continue
        seen.add(one)
        found = side.of(one[0]).get(one[1].lower())
        if isinstance(side.catalog.objects.get(one[0]), Table):
            ends.add(one)
        elif found is not None:
            waiting += found.inputs
    return ends


def _tells(side: Results, table: str, column: str) -> bool:
    """Whether it is a text or an id, which is what names somebody."""
    found = side.of(table).get(column.split(".")[0].lower())
    return found is None or found.type not in TYPES or _names_an_id(column)


def _is_restricted(catalog: Catalog, table: str) -> bool:
    declared = catalog.objects.get(table)
    return not isinstance(declared, Table) or declared.labels.get("data_class") == "restricted"


def _names_an_id(name: str) -> bool:
    return name.lower() == "id" or name.lower().endswith("_id")


def _example(old: str | None, new: str | None, key: Collection[str], types: Mapping[str, str]) -> Example:
    was: dict[str, Any] = json.loads(old) if old else {}
    becomes: dict[str, Any] = json.loads(new) if new else {}
    named = [one for one in types if one in key]
    is_changed = bool(was and becomes)
    others = [one for one in types if one not in key and not (is_changed and was[one] == becomes[one])]
    names = [*named, *others[: max(1, MOST_COLUMNS - len(named))]]
    values = [
        ExampleValue(name=one[:300], before=_shown(was, one, types), after=_shown(becomes, one, types)) for one in names
    ]
    return Example(op="changed" if is_changed else "added" if becomes else "removed", values=tuple(values))


def _shown(side: Mapping[str, Any], name: str, types: Mapping[str, str]) -> str:
    return plain(side[name], is_text=types[name] == "STRING") if side else ""


def plain(value: object, *, is_text: bool) -> str:
    """A value as text of bounded length that can be nothing but a value; of a text only what has the form of an id."""
    if value is None:
        return "NULL"
    text = json.dumps(value) if isinstance(value, bool) else str(value)
    if is_text and not AN_ID.fullmatch(text):
        return "hidden"
    return STRANGE.sub("-", text)[:LONGEST]
