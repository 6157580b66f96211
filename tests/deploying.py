"""Declared objects made as a deployment makes them: the components' arguments, then the provider's own requests.

Nothing of the mapping is repeated here, so that what tests of SQL run on is what `up` makes. Left out is the engine:
order, state and previews.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

import pulumi
from pulumi.runtime.stack import run_in_stack
from pulumi.runtime.sync_await import _sync_await

from catalog import Catalog, Placement
from catalog.model import MaterializedView, Routine, Table
from components.assets import Target, materialized_view, routine, table, view
from gcp_local.provider.cloud import BIGQUERY, Cloud
from gcp_local.provider.defaults import Naming, complete
from gcp_local.provider.registry import resource
from settings.model import Settings


class Deployment:
    """Objects of a catalog at a place on the BigQuery at `endpoint`."""

    def __init__(self, endpoint: str, catalog: Catalog, place: Placement) -> None:
        self._cloud = Cloud({BIGQUERY[0]: f"{endpoint}/bigquery/v2/"})
        self._catalog, self._place = catalog, place
        self._registered: dict[str, tuple[str, dict[str, Any]]] = {}

    def dataset(self, name: str) -> None:
        """An empty dataset."""
        body = {"datasetReference": {"projectId": self._place.project, "datasetId": name}}
        self._cloud.call(BIGQUERY, "POST", f"projects/{self._place.project}/datasets", body)

    def create(self, name: str) -> None:
        """One object by its logical name; what it refers to must be there."""
        self.create_all([name])

    def create_all(self, names: Iterable[str]) -> None:
        """Objects in this order."""
        wanted = list(names)
        self._registered |= registered(self._catalog, self._place, set(wanted) - self._registered.keys())
        for name in wanted:
            create(self._cloud, name, *self._registered[name])


class _Recorder(pulumi.runtime.Mocks):
    """Keeps what is registered: type and inputs, in the provider's camelCase, by resource name."""

    def __init__(self) -> None:
        self.registered: dict[str, tuple[str, dict[str, Any]]] = {}

    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        self.registered[args.name] = (args.typ, args.inputs)
        return args.name, args.inputs

    def call(self, args: pulumi.runtime.MockCallArgs) -> dict[str, Any]:  # type: ignore[override] # it may: see Mocks
        raise AssertionError(f"a resource called {args.token}")


def registered(
    catalog: Catalog, place: Placement, names: Collection[str] | None = None
) -> dict[str, tuple[str, dict[str, Any]]]:
    """Type and inputs of declared objects, by default all, as the components register them, by logical name."""
    wanted = [name for name in catalog.objects if names is None or name in names]
    if not wanted:
        return {}
    recorder = _Recorder()
    pulumi.runtime.set_mocks(recorder, project="eros-platform", stack="local")
    pulumi.runtime.settings.set_root_resource(None)  # type: ignore[arg-type] # as it is before a program
    _sync_await(run_in_stack(lambda: _register(catalog, place, wanted)))
    return {name: recorder.registered[name] for name in wanted}


def _register(catalog: Catalog, place: Placement, names: Iterable[str]) -> None:
    # Of the settings only project, labels and protection reach an object.
    stated: dict[str, Any] = {"stack": "local", "project": place.project, "owner": "tests", "protect": True}
    settings = Settings.model_construct(**stated)
    for name in names:
        declared = catalog.objects[name]
        target, options = Target(settings, place, place.dataset_of(name)), pulumi.ResourceOptions()
        if isinstance(declared, Table):
            table(declared, target, options)
        elif isinstance(declared, Routine):
            routine(declared, target, options)
        elif isinstance(declared, MaterializedView):
            materialized_view(declared, target, options)
        else:
            view(declared, target, options)


def create(cloud: Cloud, name: str, kind: str, inputs: Mapping[str, Any]) -> None:
    """What the provider does between the engine's Check and its answer to Create."""
    made = resource(kind)
    refused = made.check(inputs)
    assert not refused, f"{name}: {refused}"
    made.create(cloud, complete(made.root, made.facts, inputs, {}, Naming(name, b"")))
