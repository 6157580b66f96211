"""Where each declared object is: the one place that knows project, datasets and physical names.

SQL and code name objects logically, as their file is called. `Placement` answers which dataset and which name that is
in BigQuery. The program has its own from `catalog.placement`, operations theirs from the outputs of what is deployed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

# The columns of each view of INFORMATION_SCHEMA that hold an object's name; `table_name` in all others.
# https://cloud.google.com/bigquery/docs/information-schema-routines, -parameters, -routine-options
NAME_COLUMNS = {
    # Its specific_name stays physical: the local BigQuery has none.
    "ROUTINES": ("routine_name",),
    "PARAMETERS": ("specific_name",),
    "ROUTINE_OPTIONS": ("specific_name",),
}


# In SQL `region-us` stands for the region of the stack, and the string '${NAME}' for one of these facts about it.
LOGICAL_REGION = "region-us"
FACTS = ("stack", "project", "dataset", "location", "backup_bucket", "archive_bucket")


class Address(NamedTuple):
    """The physical place of an object; as text `project.dataset.name`."""

    project: str
    dataset: str
    name: str

    def __str__(self) -> str:
        return f"{self.project}.{self.dataset}.{self.name}"


@dataclass(frozen=True)
class Placement:
    """Project and dataset of the platform, and what lies elsewhere or under another name.

    `source_dataset` holds the `sources`, '' when that is the platform's own dataset; `names` maps a logical name to
    its physical one where the two differ. `stack` and the buckets are there for deployed SQL: operations leave them
    empty, because they send no SQL that names them.
    """

    project: str
    dataset: str
    source_dataset: str = ""
    names: Mapping[str, str] = field(default_factory=dict)
    sources: frozenset[str] = frozenset()
    location: str = "US"
    stack: str = ""
    backup_bucket: str = ""
    archive_bucket: str = ""

    @property
    def region(self) -> str:
        """What stands in SQL for LOGICAL_REGION: the region's views of INFORMATION_SCHEMA belong to a project."""
        return f"{self.project}.region-{self.location.lower()}"

    def fact(self, name: str) -> str:
        """The value of one of FACTS."""
        return str(getattr(self, name))

    @property
    def datasets(self) -> tuple[str, ...]:
        """The platform's own dataset, and that of the sources when it is another."""
        return tuple(dict.fromkeys((self.dataset, self.source_dataset or self.dataset)))

    def name(self, logical: str) -> str:
        """The physical name of a declared object, without dataset."""
        return self.names.get(logical, logical)

    def dataset_of(self, logical: str) -> str:
        """The dataset that holds a declared object."""
        return (logical in self.sources and self.source_dataset) or self.dataset

    def address(self, logical: str) -> Address:
        """Where a declared object is."""
        return Address(self.project, self.dataset_of(logical), self.name(logical))

    def by_name(self, dataset: str, logical_names: Iterable[str]) -> dict[str, str]:
        """Those of the logical names that lie in `dataset`, by physical name."""
        return {self.name(name): name for name in logical_names if self.dataset_of(name) == dataset}

    def relation(self, reference: str) -> str:
        """What stands in SQL for a reference: an object's address, or the logical dataset's INFORMATION_SCHEMA."""
        schema, _, view = reference.partition(".")
        if schema.upper() != "INFORMATION_SCHEMA":
            return f"`{self.address(reference)}`"
        if not self.names and len(self.datasets) == 1:
            return f"`{self.project}.{self.dataset}.{reference}`"
        return f"({self._information_schema(view.upper())})"

    def _information_schema(self, view: str) -> str:
        """Rows of every declared object under its logical name: SQL compares names with those of its files."""
        columns = NAME_COLUMNS.get(view, ("table_name",))
        parts = [self._rows_of(self.dataset, view, columns, "NOT IN", self._hidden())]
        if len(self.datasets) == 2:
            there = {self.name(name) for name in self.sources}
            parts.append(self._rows_of(self.source_dataset, view, columns, "IN", there))
        return " UNION ALL ".join(parts)

    def _rows_of(self, dataset: str, view: str, columns: tuple[str, ...], test: str, names: set[str]) -> str:
        replaced = ", ".join(f"{self._logical(column, dataset)} AS {column}" for column in columns)
        listed = ", ".join(f"'{name}'" for name in sorted(names)) or "''"
        source = f"`{self.project}.{dataset}.INFORMATION_SCHEMA.{view}`"
        return f"SELECT * REPLACE ({replaced}) FROM {source} WHERE {columns[0]} {test} ({listed})"

    def _logical(self, column: str, dataset: str) -> str:
        cases = "".join(
            f" WHEN '{physical}' THEN '{logical}'"
            for logical, physical in sorted(self.names.items())
            if self.dataset_of(logical) == dataset
        )
        return f"CASE {column}{cases} ELSE {column} END" if cases else column

    def _hidden(self) -> set[str]:
        """Names in the own dataset that a declared object has only elsewhere: what is called so is somebody else's."""
        elsewhere = {*self.names, *(self.sources if len(self.datasets) == 2 else ())}
        taken = {physical for logical, physical in self.names.items() if self.dataset_of(logical) == self.dataset}
        return elsewhere - taken
