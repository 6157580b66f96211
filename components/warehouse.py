"""Warehouse: the dataset and everything in it, from the catalog, in dependency order.

Scope: dataset with its one access list, tables, views, materialized views, routines, and what the accounts of the
schedules and the builders of weeks may do with each table. Members beside the list (DatasetIamMember) would make each
undo the other.
Not here: the accounts and their roles (`Access`), transfer configs (`Schedules`), rows.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_gcp as gcp

from catalog import Catalog, Placement, grants_of_weeks, tables_of
from catalog.retirement import is_retired_table
from components.assets import Target, materialized_view, routine, table, view
from components.grants import FORMER, Runners, access_list, table_grant
from components.live.reading import Live
from settings.model import Settings


@dataclass(frozen=True, kw_only=True)
class WarehouseArgs:
    settings: Settings
    """What the operator states."""
    place: Placement
    """Where the objects are, sources of others included."""
    catalog: Catalog
    """Tables, views and routines."""
    runners: Runners
    """The accounts that run the scheduled queries: each gets what its own read, write and call, and nothing else."""
    bridged: Collection[tuple[str, str]]
    """(dataset, name) of what an account reaches by an entry of the former access list: granted before that goes."""
    after: Sequence[pulumi.Resource]
    """What has to be there first: APIs and grants."""


class Warehouse(pulumi.ComponentResource):
    """The dataset with its objects by name, and what a job in it has to wait for."""

    dataset: gcp.bigquery.Dataset
    tables: dict[str, gcp.bigquery.Table]
    views: dict[str, gcp.bigquery.Table]
    routines: dict[str, gcp.bigquery.Routine]
    grants: list[pulumi.Resource]
    week_grants: list[pulumi.Resource]

    def __init__(self, name: str, args: WarehouseArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("eros:platform:Warehouse", name, None, opts)
        self._name, self._args = name, args
        self.tables, self.views, self.routines = {}, {}, {}
        # All that the schedules need, each account for its own: (purpose, table or view) -> role.
        granted = {purpose: tables_of(found) for purpose, found in args.runners.grants.items()}
        self._roles = {(key, on): role for key, tables in granted.items() for on, role in tables.items()}
        early = [key for key in self._roles if key[0] in FORMER and args.place.address(key[1])[1:] in args.bridged]
        self.grants = [self._grant(key, args.settings.dataset) for key in early]
        self.dataset = self._dataset()
        self._target = Target(args.settings, args.place, self.dataset.dataset_id)
        self._declare()
        self.grants += [self._grant(key, self.dataset.dataset_id) for key in self._roles if key not in early]
        self.week_grants = []
        self._allow_week_builders()
        self.register_outputs({"dataset": self.dataset.dataset_id})

    def among(self, live: Live) -> dict[str, pulumi.CustomResource]:
        """Dataset, tables and views whose objects exist, by name."""
        made: dict[str, pulumi.CustomResource] = {**self.tables, **self.views}
        found = {name: resource for name, resource in made.items() if name in live.held}
        return {self._args.settings.dataset: self.dataset, **found} if live.has_dataset else {}

    def _dataset(self) -> gcp.bigquery.Dataset:
        settings = self._args.settings
        return gcp.bigquery.Dataset(
            f"{self._name}-dataset",
            project=settings.project,
            dataset_id=settings.dataset,
            location=settings.location,
            friendly_name="EROS data platform",
            description="Captions, what fans bought, and what EROS learned from it. Declared by the platform stack.",
            max_time_travel_hours=str(settings.time_travel_hours),
            delete_contents_on_destroy=False,
            labels=settings.labels,
            accesses=access_list(settings, self._args.runners),
            opts=pulumi.ResourceOptions(
                parent=self,
                protect=settings.protect,
                depends_on=[*self._args.after, *self._args.runners.roles.values(), *self.grants],
            ),
        )

    def _declare(self) -> None:
        """Every object after those that it refers to: BigQuery validates views and functions when they are made."""
        catalog = self._args.catalog
        for item in catalog.order():
            if item in catalog.tables:
                self._declare_table(item)
            elif item in catalog.routines:
                self.routines[item] = routine(catalog.routines[item], self._target, self._after(item))
            elif item in catalog.materialized_views:
                self.views[item] = materialized_view(catalog.materialized_views[item], self._target, self._after(item))
            else:
                self.views[item] = view(catalog.views[item], self._target, self._after(item))

    def _declare_table(self, item: str) -> None:
        declared = self._args.catalog.tables[item]
        if self._args.settings.manage_sources or not declared.is_source:
            kept = self._args.settings.protect and not is_retired_table(declared.labels)
            options = pulumi.ResourceOptions(parent=self, protect=kept)
            self.tables[item] = table(declared, self._target, options)

    def _after(self, item: str) -> pulumi.ResourceOptions:
        made: dict[str, pulumi.Resource] = {**self.tables, **self.views, **self.routines}
        needed = [made[other] for other in sorted(self._args.catalog.dependencies(item)) if other in made]
        return pulumi.ResourceOptions(parent=self, depends_on=needed)

    def _grant(self, key: tuple[str, str], own: pulumi.Input[str]) -> gcp.bigquery.IamMember:
        """An account on one table or view: after it if the stack makes it, at once if it stands already."""
        purpose, item = key
        runners = self._args.runners
        return table_grant(
            f"{self._name}-{FORMER.get(purpose, purpose)}-{item}",
            runners.accounts[purpose].member,
            runners.roles[self._roles[key]],
            self._address(item, own),
            pulumi.ResourceOptions(parent=self),
        )

    def _allow_week_builders(self) -> None:
        """Whoever runs weeks, on what their statements touch. Routines are in the dataset's access list."""
        keys = tables_of(grants_of_weeks(self._args.catalog))
        for member in self._args.settings.week_members:
            for item, key in sorted(keys.items()):
                table = self._address(item, self.dataset.dataset_id)
                # The dataset waits for the accounts that it names; a table of others' waits for nothing by itself.
                options = pulumi.ResourceOptions(parent=self, depends_on=[self.dataset])
                name, role = f"{self._name}-weeks-{member}-{item}", self._args.runners.roles[key]
                self.week_grants.append(table_grant(name, member, role, table, options))

    def _address(self, item: str, own: pulumi.Input[str]) -> tuple[str, pulumi.Input[str], pulumi.Input[str]]:
        place = self._args.place
        made = {**self.tables, **self.views}.get(item)
        dataset = own if place.dataset_of(item) == place.dataset else place.dataset_of(item)
        return place.project, dataset, made.table_id if made else place.name(item)
