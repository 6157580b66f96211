"""What the stack made and the program no longer declares: tables, views, sources that are others' now.

The engine would delete it, or stop at its protection without a way out. A table goes only when the release before
marked it as retired (docs/decisions/0011): then it is named. A view holds nothing; it is named, for whoever reads it.
Routines carry no labels and the provider lists none: the engine's own preview names those that go.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from catalog import Catalog, Placement
from catalog.retirement import RETIRED_LABEL, is_retired_table
from components.live.reading import Live, LiveTable
from settings.model import Settings

# What a migration keeps of a declared table, with the labels that it had.
KEPT_SUFFIX = "_legacy"


def leftover_problems(catalog: Catalog, settings: Settings, place: Placement, live: Live) -> list[str]:
    """One message for each table that may not go, and one for sources that are to be others'."""
    kept = _tables(live.strangers, catalog, place, retired=False)
    expected = place.by_name(place.dataset, catalog.tables)
    sources = sorted(expected[name] for name in kept if name in expected)
    problems = [_sources_given_up(sources, settings)] if sources else []
    return problems + [_orphan(name, place, settings) for name in kept if name not in expected]


def leftover_notices(catalog: Catalog, settings: Settings, place: Placement, live: Live) -> list[str]:
    """What this update deletes although nothing refuses it."""
    retired = _tables(live.strangers, catalog, place, retired=True)
    notices = [
        f"table {name} is retired and no longer declared: this update deletes it with its "
        f"{int(live.strangers[name].get('numRows') or 0):,} rows"
        for name in retired
    ]
    views = sorted(name for name, found in live.strangers.items() if not _holds_rows(found))
    return notices + [
        f"view {name} is no longer declared: this update deletes it, whoever reads it\n"
        f"  who does: eros readers {name} -s {settings.stack}"
        for name in views
    ]


def _holds_rows(found: LiveTable) -> bool:
    return not found.get("views") and not found.get("materializedViews")


def _tables(strangers: Mapping[str, LiveTable], catalog: Catalog, place: Placement, *, retired: bool) -> Sequence[str]:
    kept = {f"{name}{KEPT_SUFFIX}" for name in place.by_name(place.dataset, catalog.tables)}
    return sorted(
        name
        for name, found in strangers.items()
        if _holds_rows(found) and is_retired_table(found.get("labels")) is retired and name not in kept
    )


def _sources_given_up(names: Sequence[str], settings: Settings) -> str:
    key, value = RETIRED_LABEL
    return (
        f"eros-platform:manageSources is false, but this stack made the source tables {', '.join(names)}: an "
        f"update would delete them with their rows\n"
        f"  fix: pulumi config set manageSources true -s {settings.stack}; to give them up, copy them to the "
        f'dataset of their new owner, deploy once with the label ("{key}", "{value}") in their files, then set '
        "manageSources false and sourceDataset"
    )


def _orphan(name: str, place: Placement, settings: Settings) -> str:
    moved = place.names.get(name)
    if moved:
        return (
            f"eros-platform:objectNames.{name}: this stack made table {name}; under the name {moved} it would be a "
            f"new, empty one\n  fix: pulumi config rm --path objectNames.{name} -s {settings.stack}"
        )
    key, value = RETIRED_LABEL
    file = f"sql/tables/{name}.sql"
    return (
        f"{file}: no file declares table {name}, which this stack made: an update would delete it with its rows\n"
        f'  fix: put {file} back; to delete the table, first deploy it with the label ("{key}", "{value}"), then '
        "delete the file"
    )
