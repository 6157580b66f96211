"""The data diff of procedures: what the old and the new version leave in clones of the same tables, row by row.

A procedure is run three times at one instant: the old version in two datasets of their own, the new one in a third.
What the two runs of the old version leave otherwise is chance (ids, clocks), and those columns are not compared.
Clones are made of every table that the procedure reaches, so nothing deployed is read again or written
(https://cloud.google.com/bigquery/docs/table-clones-intro). For stacks of this machine, as the rest of the data diff.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime

from google.cloud import bigquery

from catalog import Catalog, Placement
from catalog.model import Routine, Table
from operations.errors import CloudError
from operations.review.examples import Showing
from operations.review.findings import ColumnChange, DataChange
from operations.review.scratch_dataset import definition, reached, rehearsed
from operations.rows.compared import columns_of, compared
from operations.rows.fingerprint import quoted
from operations.rows.statements import run

MOST = 4
"""Procedures that are run; the others are named."""
ELSEWHERE = ("EXPORT", "EXECUTE")
"""Statements whose effect is not in the tables that the catalog knows of."""


def procedure_changes(
    client: bigquery.Client,
    deployed: Placement,
    now: Catalog,
    before: Catalog | None,
    changed: Collection[str],
    showing: Showing | None = None,
) -> tuple[DataChange, ...]:
    """What changed procedures leave otherwise, by procedure and table; those that were not run with the reason.

    One that takes other arguments than an instant is compared through those that call it. Errors: CloudError when no
    dataset can be made.
    """
    names = [name for name in now.order() if name in changed and _is_procedure(now, name)]
    found: list[DataChange] = []
    asked: list[str] = []
    for name in names:
        if before is None or not _is_procedure(before, name):
            found += [_note(name, "what was there before is not known")] if before is None else []
        elif _arguments(now, name) is None:
            callers = [one for one in _callers(now, name) if _is_procedure(before, one) and _arguments(now, one)]
            asked += callers
            found.append(
                _note(name, f"what calls it is: {', '.join(callers)}" if callers else "it takes other arguments")
            )
        else:
            asked.append(name)
    wanted = list(dict.fromkeys(asked))
    for name in wanted[:MOST]:
        assert before is not None
        found += _of_procedure(client, deployed, now, before, name, showing)
    return (*found, *(_note(name, f"more than {MOST} procedures") for name in wanted[MOST:]))


def _of_procedure(
    client: bigquery.Client, deployed: Placement, now: Catalog, before: Catalog, name: str, showing: Showing | None
) -> list[DataChange]:
    needed = {catalog: reached(catalog, name) for catalog in (before, now)}
    if why := _unfit(now, before, needed):
        return [_note(name, why)]
    instant = f"TIMESTAMP '{datetime.now(UTC).isoformat(' ')}'"
    with ExitStack() as stack:
        places = []
        for catalog in (before, before, now):
            place = stack.enter_context(rehearsed(client, deployed, needed[catalog]))
            try:
                _make(client, deployed, catalog, place, needed[catalog])
                run(client, f"CALL `{place.address(name)}`({_arguments(catalog, name, instant)})")
            except CloudError as error:
                if catalog is before:
                    return [_note(name, f"what is deployed fails itself: {error.message}")]
                return [DataChange(name=name, fails=True, note=f"it fails: {error.message}"[:1_000])]
            places.append(place)
        written = now.writes(name) | now.writes_through(name).keys()
        return _left(client, name, sorted(written & needed[before] & now.tables.keys()), places, showing)


def _left(
    client: bigquery.Client, name: str, tables: Sequence[str], places: Sequence[Placement], showing: Showing | None
) -> list[DataChange]:
    """The tables that differ; one entry for the procedure where none does."""
    found, rows = [], 0
    for table in tables:
        old, again, new = (f"`{place.address(table)}`" for place in places)
        chance = _chance(client, old, again)
        same = compared(client, old, new, without=chance)
        rows += same.before
        if same.added or same.removed or same.changed:
            columns = tuple(ColumnChange(name=column, rows=count) for column, count in same.columns.items())
            one = f"{name}: {table}"
            examples = showing.of(client, table, (old, new), same, without=chance) if showing else ()
            found.append(
                DataChange(
                    name=one,
                    before=same.before,
                    after=same.after,
                    added=same.added,
                    removed=same.removed,
                    changed=same.changed,
                    columns=columns,
                    examples=examples,
                )
            )
    if found:
        return found
    return [DataChange(name=name, before=rows, after=rows) if rows else _note(name, "it leaves no rows")]


def _chance(client: bigquery.Client, old: str, again: str) -> frozenset[str]:
    """The columns whose values two runs of one version leave otherwise."""
    columns = columns_of(client, old)
    sums = ", ".join(
        f"CAST(SUM(CAST(FARM_FINGERPRINT(TO_JSON_STRING(t.{quoted(one.name)})) AS BIGNUMERIC)) AS STRING) AS c{place}"
        for place, one in enumerate(columns)
    )
    first, second = (run(client, f"SELECT {sums} FROM {one} AS t")[0] for one in (old, again))
    return frozenset(one.name for place, one in enumerate(columns) if first[f"c{place}"] != second[f"c{place}"])


def _unfit(now: Catalog, before: Catalog, needed: Mapping[Catalog, frozenset[str]]) -> str:
    """Why it cannot be run in clones, empty when it can."""
    for catalog, names in needed.items():
        for name in sorted(names):
            declared = catalog.objects[name]
            if isinstance(declared, Routine) and any(token.is_(*ELSEWHERE) for token in declared.sql.tokens):
                return f"{name} does what is not seen in its tables (EXPORT, EXECUTE)"
    shared = needed[now] & before.tables.keys() & now.tables.keys()
    for name in sorted(shared):
        if now.tables[name].schema_json() != before.tables[name].schema_json():
            return f"the columns of {name} change with it"
    if new := sorted((needed[now] & now.tables.keys()) - before.tables.keys()):
        return f"it needs {new[0]}, which is new"
    return ""


def _make(
    client: bigquery.Client, deployed: Placement, catalog: Catalog, place: Placement, names: frozenset[str]
) -> None:
    """Clones of the tables, and everything else by its text. Errors: CloudError."""
    for name in catalog.order():
        if name not in names:
            continue
        if isinstance(catalog.objects[name], Table):
            run(client, f"CREATE TABLE `{place.address(name)}` CLONE `{deployed.address(name)}`")
        else:
            run(client, definition(catalog, name, place))


def _is_procedure(catalog: Catalog, name: str) -> bool:
    return name in catalog.routines and catalog.routines[name].kind == "PROCEDURE"


def _arguments(catalog: Catalog, name: str, instant: str = "p_now") -> str | None:
    """What it is called with at an instant: that, and no date where one may be left out; None where it takes others."""
    given = []
    for argument in catalog.routines[name].arguments:
        kind = (argument.data_type or {}).get("typeKind")
        if argument.mode in ("OUT", "INOUT") or (argument.name, kind) not in NULLABLE:
            return None
        given.append(instant if kind == "TIMESTAMP" else "NULL")
    return ", ".join(given) if instant in given else None


NULLABLE = {("p_now", "TIMESTAMP"), ("p_execution_date", "DATE")}


def _callers(catalog: Catalog, name: str) -> list[str]:
    """The procedures that call it, directly or not, in the order in which they are made."""
    found = {name}
    for one in catalog.order():
        if _is_procedure(catalog, one) and not found.isdisjoint(catalog.usage(one).calls):
            found.add(one)
    return [one for one in catalog.order() if one in found - {name}]


def _note(name: str, why: str) -> DataChange:
    return DataChange(name=name, note=f"not compared: {why}"[:1_000])
