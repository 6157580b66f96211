"""`Catalog`: the declared objects by kind, and how they depend on each other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import TypeVar

from catalog import graph
from catalog.alerts import AlertRule
from catalog.checks import Check
from catalog.model import DeclaredObject, MaterializedView, Routine, Table, View
from catalog.schedules import Schedule
from catalog.schema import Column
from catalog.usage import Usage, through, usage_of
from catalog.volumes import Volumes

Declared = TypeVar("Declared", Table, View, Routine, MaterializedView)


class Catalog:
    """All declared objects, each kind by name. Made by `catalog.load`, which has checked them."""

    def __init__(
        self,
        objects: Mapping[str, DeclaredObject],
        schedules: Mapping[str, Schedule] | None = None,
        checks: Iterable[Check] = (),
        volumes: Volumes | None = None,
        alerts: Mapping[str, AlertRule] | None = None,
    ) -> None:
        self.objects = dict(sorted(objects.items()))
        self.schedules = dict(schedules or {})
        self.volumes = volumes or Volumes()
        self.alerts = dict(alerts or {})
        self.checks = {check.id: check for check in sorted(checks, key=lambda check: check.order)}

    @cached_property
    def tables(self) -> Mapping[str, Table]:
        return self._of(Table)

    @cached_property
    def views(self) -> Mapping[str, View]:
        """Logical views only."""
        return {name: view for name, view in self._of(View).items() if not isinstance(view, MaterializedView)}

    @cached_property
    def materialized_views(self) -> Mapping[str, MaterializedView]:
        return self._of(MaterializedView)

    @cached_property
    def routines(self) -> Mapping[str, Routine]:
        """Scalar functions, table functions and procedures."""
        return self._of(Routine)

    def order(self) -> tuple[str, ...]:
        """All names, each after everything that it depends on."""
        return graph.creation_order(self._graph, self.objects)

    def dependencies(self, name: str) -> frozenset[str]:
        """The declared objects that this one names itself. Raises KeyError for an unknown name."""
        return self._graph[name]

    def usage(self, name: str) -> Usage:
        """What the object itself reads, writes and calls. Raises KeyError for an unknown name."""
        return self._usages[name]

    def reads(self, name: str) -> frozenset[str]:
        """The declared objects whose rows or results this one takes. Raises KeyError for an unknown name."""
        return self._usages[name].reads & self.objects.keys()

    def writes(self, name: str) -> frozenset[str]:
        """The tables that this one changes by its own statements. Raises KeyError for an unknown name."""
        return frozenset(self._usages[name].writes)

    def writes_through(self, name: str) -> Mapping[str, tuple[str, ...]]:
        """The tables that are changed by what this one calls, each with the chain of calls to the writer."""
        return through(self._usages, name)

    def view(self, name: str) -> View:
        """A logical or materialized view. Raises KeyError for any other name."""
        return self._of(View)[name]

    @cached_property
    def _graph(self) -> Mapping[str, frozenset[str]]:
        return graph.dependencies(self.objects)

    @cached_property
    def _usages(self) -> Mapping[str, Usage]:
        return {name: usage_of(declared) for name, declared in self.objects.items()}

    def _of(self, kind: type[Declared]) -> Mapping[str, Declared]:
        return {name: declared for name, declared in self.objects.items() if isinstance(declared, kind)}


def source_columns(catalog: Catalog, table_name: str) -> tuple[Column, ...]:
    """The columns that a source table must have, for the check of a table that others own.

    All declared columns: the file of a source declares only what the platform knows, and which of them a query
    reads cannot be told without resolving it. So the answer may hold a column too many, never one too few.
    Raises KeyError when the table is not declared as source.
    """
    table = catalog.tables[table_name]
    if not table.is_source:
        raise KeyError(f"{table_name} is owned, not a source")
    return table.columns
