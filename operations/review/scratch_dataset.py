"""A dataset of its own in which changed objects are made beside what is deployed, and which goes again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from uuid import uuid4

from google.api_core.exceptions import GoogleAPICallError, RetryError
from google.cloud import bigquery

from catalog import Catalog, Placement
from catalog.model import Routine, View
from catalog.references import LogicalSql
from operations.errors import CloudError

SECONDS = 60.0


@dataclass(frozen=True)
class Rehearsal(Placement):
    """The deployed placement, but objects that `moved` are in the dataset `scratch`."""

    moved: frozenset[str] = frozenset()
    scratch: str = ""

    def dataset_of(self, logical: str) -> str:
        """The dataset that holds a declared object."""
        return self.scratch if logical in self.moved else super().dataset_of(logical)


@contextmanager
def rehearsed(client: bigquery.Client, deployed: Placement, moved: frozenset[str]) -> Iterator[Rehearsal]:
    """The placement with a new dataset, empty yet, for what is `moved`. Errors: CloudError when none can be made."""
    known = {one.name: getattr(deployed, one.name) for one in fields(Placement)}
    place = Rehearsal(**known, moved=moved, scratch=f"eros_review_{uuid4().hex[:12]}")
    there = bigquery.Dataset(f"{place.project}.{place.scratch}")
    there.location = place.location
    try:
        client.create_dataset(there, timeout=SECONDS)
    except (GoogleAPICallError, RetryError) as error:
        raise CloudError(f"no dataset for the new versions: {getattr(error, 'message', error)}") from error
    try:
        yield place
    finally:
        client.delete_dataset(there, delete_contents=True, not_found_ok=True, timeout=SECONDS)


def definition(catalog: Catalog, name: str, place: Placement) -> str:
    """The statement that makes an object. A materialized view is its query: what it shows, not how it is kept."""
    declared = catalog.objects[name]
    if isinstance(declared, View):
        return f"CREATE VIEW `{place.address(name)}` AS\n{declared.query(place)}"
    assert isinstance(declared, Routine)
    return LogicalSql(declared.sql.source, declared.sql.source.tokens).qualified(place)


def reached(catalog: Catalog, name: str) -> frozenset[str]:
    """The object, and all that it and what it uses names; nothing for one that is not declared."""
    found, waiting = set[str](), [name]
    while waiting:
        one = waiting.pop()
        if one in catalog.objects and one not in found:
            found.add(one)
            waiting += catalog.dependencies(one)
    return frozenset(found)
