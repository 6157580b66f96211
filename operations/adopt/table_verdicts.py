"""Verdicts on tables: adopted in place, moved to a new layout, or not ours at all.

Not here: how columns and layouts differ (`catalog.compat`), how rows are moved (`operations.migration`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from catalog.compat import live_changes
from catalog.model import Table
from operations.adopt.verdict import Judgement

Steps = Callable[[Table, str], tuple[str, ...]]


def judge(
    table: Table, physical: str, live: Mapping[str, Any], migration: Steps, *, moving: bool = False
) -> tuple[Judgement, list[str], list[str]]:
    """The verdict with its changes and steps; `migration` tells the steps of moving the table called `physical`.

    `moving`: a migration of it has begun; until its last step the verdict stays, since rows could be missing.

    A table that has none of the columns by which ours tells its rows apart is another thing under the same name:
    nothing of it could ever be read, so moving it away would only break its owner.
    """
    found = live_changes(table, live)
    refused = [change for change in found if change.kind != "in_place"]
    what = [change.what for change in found]
    if moving:
        return (
            Judgement.MIGRATE,
            what or ["moved, but not yet compared with what it was"],
            list(migration(table, physical)),
        )
    if not refused:
        return (Judgement.CHANGE if what else Judgement.SAME), what, []
    lacking = identity(table) - {
        str(column["name"]).lower() for column in (live.get("schema") or {}).get("fields") or ()
    }
    if lacking and lacking == identity(table):
        missing = ", ".join(sorted(lacking))
        return Judgement.FOREIGN, [f"another table: it has no {missing}, by which ours tells its rows apart"], []
    return Judgement.MIGRATE, what, list(migration(table, physical))


def identity(table: Table) -> set[str]:
    """Lower-case names of the columns that identify a row: the key, else what is required."""
    required = {column.name.lower() for column in table.columns if column.mode == "REQUIRED"}
    return {name.lower() for name in table.primary_key} or required
