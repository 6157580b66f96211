"""A stack's `Placement` from its settings: checks what `objectNames` and `sourceDataset` say against the catalog.

Whether the objects exist there is left to `components.live`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from catalog.addresses import Placement
from catalog.catalog import Catalog
from settings.errors import SettingsError
from settings.model import Settings

# https://cloud.google.com/bigquery/docs/reference/rest/v2/routines#RoutineReference
ROUTINE_ID = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,255}")


def placement(catalog: Catalog, settings: Settings) -> Placement:
    """Where the objects of a stack are. Errors: SettingsError with every wrong entry of objectNames."""
    placed = Placement(
        project=settings.project,
        dataset=settings.dataset,
        source_dataset="" if settings.source_dataset in (None, settings.dataset) else str(settings.source_dataset),
        names={logical: name for logical, name in settings.object_names.items() if name != logical},
        sources=frozenset(name for name, table in catalog.tables.items() if table.is_source),
        location=settings.location,
        stack=settings.stack,
        backup_bucket=settings.backup_bucket_name,
        archive_bucket=settings.archive_bucket_name,
    )
    problems = [*_unknown(catalog, placed), *_no_routine_ids(catalog, placed), *_clashes(catalog, placed)]
    if problems:
        message = f"the configuration of stack {settings.stack} is wrong:\n" + "\n".join(problems)
        raise SettingsError(message, fix="pulumi config set --path objectNames.LOGICAL PHYSICAL")
    return placed


def _unknown(catalog: Catalog, placed: Placement) -> Iterator[str]:
    for name in sorted(placed.names.keys() - catalog.objects.keys()):
        yield f"eros-platform:objectNames.{name}: no file below sql/ declares {name}"


def _no_routine_ids(catalog: Catalog, placed: Placement) -> Iterator[str]:
    for name in sorted(placed.names.keys() & catalog.routines.keys()):
        if not ROUTINE_ID.fullmatch(placed.name(name)):
            rule = "letters, digits and underscores, at most 256, not starting with a digit"
            yield f"eros-platform:objectNames.{name}: {placed.name(name)!r} is no name of a routine ({rule})"


def _clashes(catalog: Catalog, placed: Placement) -> Iterator[str]:
    """Two objects in one place. Names that differ in case only are two to BigQuery and one to most people."""
    owners: dict[str, str] = {}
    for name in (*(n for n in catalog.objects if n not in placed.names), *sorted(placed.names)):
        address = placed.address(name)
        other = owners.setdefault(f"{address.dataset}.{address.name.lower()}", name)
        if other != name:
            yield f"eros-platform:objectNames.{name}: {address} is {other} already"
