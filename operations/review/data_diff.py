"""The data diff: rows of changed views and table functions as they are and as they would be, on the same data.

The new versions, of what changes and of everything downstream that can be asked, are made in a dataset of their own,
which goes again; what is deployed is left alone. Counts and names of columns; values only as `examples` lets them.
For stacks of this machine: a preview of a real one writes nothing. What was not compared is named with the reason.
Procedures are compared in `procedure_diff`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime

from google.cloud import bigquery

from catalog import Catalog, Placement
from catalog.model import Routine, View
from operations.errors import CloudError
from operations.review.examples import Showing
from operations.review.findings import ColumnChange, DataChange
from operations.review.scratch_dataset import definition, rehearsed
from operations.rows.compared import columns_of, compared
from operations.rows.statements import run

MOST = 40
"""Objects that are compared; the others are named."""
INSTANT = ["TIMESTAMP"]


def data_changes(
    client: bigquery.Client,
    deployed: Placement,
    catalog: Catalog,
    changed: Collection[str],
    new: Collection[str],
    showing: Showing | None = None,
) -> tuple[DataChange, ...]:
    """What `changed` objects of the catalog and those downstream of them show otherwise; `new` ones are not deployed.

    Errors: CloudError when no dataset can be made.
    """
    moved = _downstream(catalog, {name for name in changed if _can_move(catalog, name)})
    asked = [name for name in catalog.order() if name in moved - set(new) and _is_asked(catalog, name, moved)]
    known = catalog.objects.keys() - set(new) - set(asked)
    found = [_left_out(catalog, name) for name in sorted(known.intersection(changed))]
    if asked:
        instant = f"TIMESTAMP '{datetime.now(UTC).isoformat(' ')}'"
        with _rehearsed(client, deployed, catalog, moved) as (there, failures):
            for name in asked[:MOST]:
                why = failures.get(name, "")
                found.append(
                    _failed(name, why) if why else _change(client, catalog, name, (deployed, there), instant, showing)
                )
    found += [DataChange(name=name, note=f"not compared: more than {MOST} objects") for name in asked[MOST:]]
    return tuple(one for one in found if one is not None)


def _can_move(catalog: Catalog, name: str) -> bool:
    declared = catalog.objects.get(name)
    return isinstance(declared, View) or (isinstance(declared, Routine) and declared.kind != "PROCEDURE")


def _downstream(catalog: Catalog, changed: Collection[str]) -> frozenset[str]:
    """With them everything that reads them and can be made anew."""
    found = set(changed)
    for name in catalog.order():
        if _can_move(catalog, name) and not found.isdisjoint(catalog.dependencies(name)):
            found.add(name)
    return frozenset(found)


def _is_asked(catalog: Catalog, name: str, moved: Collection[str]) -> bool:
    """Views, and table functions of an instant unless a view shows them."""
    declared = catalog.objects[name]
    if not isinstance(declared, Routine):
        return True
    arguments = [(argument.data_type or {}).get("typeKind") for argument in declared.arguments]
    is_of_instant = declared.kind == "TABLE_VALUED_FUNCTION" and arguments == INSTANT
    return is_of_instant and name.removesuffix("_at") not in catalog.views.keys() & moved


def _left_out(catalog: Catalog, name: str) -> DataChange | None:
    declared = catalog.objects[name]
    if not isinstance(declared, Routine):
        return None  # a table
    if declared.kind == "PROCEDURE":
        return None  # it is run, not read: procedure_diff
    if declared.kind == "SCALAR_FUNCTION":
        return DataChange(name=name, note="not compared itself: what calls it is")
    if [argument.name for argument in declared.arguments] == ["p_now"]:
        return None  # its view is compared
    return DataChange(name=name, note="not compared: it takes other arguments than an instant")


def _change(
    client: bigquery.Client,
    catalog: Catalog,
    name: str,
    places: tuple[Placement, Placement],
    instant: str,
    showing: Showing | None,
) -> DataChange:
    is_function = isinstance(catalog.objects[name], Routine)
    old, new = (f"`{place.address(name)}`{f'({instant})' if is_function else ''}" for place in places)
    try:
        columns_of(client, old)
    except CloudError as error:
        return DataChange(name=name, note=f"not compared: what is deployed cannot be read: {error.message}"[:1_000])
    try:
        found = compared(client, old, new)
        examples = showing.of(client, name, (old, new), found) if showing else ()
    except CloudError as error:
        return _failed(name, error.message)
    return DataChange(
        name=name,
        before=found.before,
        after=found.after,
        added=found.added,
        removed=found.removed,
        changed=found.changed,
        columns=tuple(ColumnChange(name=column, rows=rows) for column, rows in found.columns.items()),
        examples=examples,
        note="" if found.before or found.after else "not compared: there are no rows",
    )


def _failed(name: str, why: str) -> DataChange:
    return DataChange(name=name, fails=True, note=f"cannot be read any more: {why}"[:1_000])


@contextmanager
def _rehearsed(
    client: bigquery.Client, deployed: Placement, catalog: Catalog, moved: frozenset[str]
) -> Iterator[tuple[Placement, Mapping[str, str]]]:
    """The placement of the new versions, and why one could not be made, by name."""
    failures: dict[str, str] = {}
    with rehearsed(client, deployed, moved) as place:
        for name in catalog.order():
            if name in moved:
                try:
                    run(client, definition(catalog, name, place))
                except CloudError as error:
                    failures[name] = error.message
        yield place, failures
