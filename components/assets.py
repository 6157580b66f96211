"""One resource for each asset of the catalog: table, view, routine.

Scope: the mapping from the catalog's form to the provider's arguments. Order, protection and parents are the
caller's (`Warehouse`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_gcp as gcp

from catalog.addresses import Placement
from catalog.model import MaterializedView, Partitioning, RangePartitioning, Routine, Table, TimePartitioning, View
from catalog.retirement import is_retired_table
from settings.model import Settings


@dataclass(frozen=True, slots=True)
class Target:
    """Where the assets go: the dataset as a resource output (so that it exists first), names and text for SQL."""

    settings: Settings
    place: Placement
    dataset_id: pulumi.Input[str]

    @property
    def project(self) -> str:
        return self.settings.project

    @property
    def labels(self) -> Mapping[str, str]:
        return self.settings.labels


def table(asset: Table, target: Target, opts: pulumi.ResourceOptions) -> gcp.bigquery.Table:
    """A table with rows in it: `deletion_protection` stops Google, `protect` in `opts` stops the engine.

    A retired one has neither: the next release may leave it out.
    """
    return gcp.bigquery.Table(
        asset.name,
        project=target.project,
        dataset_id=target.dataset_id,
        table_id=target.place.name(asset.name),
        description=asset.description,
        schema=asset.schema_json(),
        time_partitioning=_time_partitioning(asset.partitioning),
        range_partitioning=_range_partitioning(asset.partitioning),
        # Google drops false, and an explicit one would differ for ever.
        require_partition_filter=asset.require_partition_filter or None,
        clusterings=list(asset.clustering) or None,
        table_constraints=_primary_key(asset),
        labels={**target.labels, **asset.labels},
        deletion_protection=target.settings.protect and not is_retired_table(asset.labels),
        opts=opts,
    )


def view(asset: View, target: Target, opts: pulumi.ResourceOptions, name: str = "") -> gcp.bigquery.Table:
    """A view. It holds nothing that its query cannot give back, so nothing protects it. `name`: of a second one."""
    return gcp.bigquery.Table(
        name or asset.name,
        project=target.project,
        dataset_id=target.dataset_id,
        table_id=target.place.name(asset.name),
        description=asset.description,
        # Unset is not sent, and Google then takes the query for legacy SQL.
        view=gcp.bigquery.TableViewArgs(query=asset.query(target.place), use_legacy_sql=False),
        labels={**target.labels, **asset.labels},
        deletion_protection=False,
        opts=opts,
    )


def materialized_view(asset: MaterializedView, target: Target, opts: pulumi.ResourceOptions) -> gcp.bigquery.Table:
    """A materialized view: BigQuery fills it from its query, so nothing protects it either."""
    return gcp.bigquery.Table(
        asset.name,
        project=target.project,
        dataset_id=target.dataset_id,
        table_id=target.place.name(asset.name),
        description=asset.description,
        materialized_view=gcp.bigquery.TableMaterializedViewArgs(
            query=asset.query(target.place),
            enable_refresh=asset.enable_refresh,
            refresh_interval_ms=_milliseconds(asset.refresh_interval_minutes),
            allow_non_incremental_definition=asset.allow_non_incremental_definition,
        ),
        time_partitioning=_time_partitioning(asset.partitioning),
        clusterings=list(asset.clustering) or None,
        max_staleness=asset.max_staleness or None,
        labels={**target.labels, **asset.labels},
        deletion_protection=False,
        opts=opts,
    )


def routine(asset: Routine, target: Target, opts: pulumi.ResourceOptions) -> gcp.bigquery.Routine:
    """A function, table function or procedure. Every optional field is stated: an unset one differs for ever."""
    return gcp.bigquery.Routine(
        asset.name,
        project=target.project,
        dataset_id=target.dataset_id,
        routine_id=target.place.name(asset.name),
        routine_type=asset.kind,
        language=asset.language,
        description=asset.description,
        arguments=[
            gcp.bigquery.RoutineArgumentArgs(
                name=argument.name,
                mode=argument.mode,
                argument_kind=argument.kind,
                data_type=_json(argument.data_type),
            )
            for argument in asset.arguments
        ],
        return_type=_json(asset.return_type),
        return_table_type=_json(asset.return_table_type),
        determinism_level=asset.determinism,
        definition_body=asset.body(target.place),
        opts=opts,
    )


def _time_partitioning(partitioning: Partitioning | None) -> gcp.bigquery.TableTimePartitioningArgs | None:
    if not isinstance(partitioning, TimePartitioning):
        return None
    return gcp.bigquery.TableTimePartitioningArgs(
        type=partitioning.type, field=partitioning.field, expiration_ms=partitioning.expiration_ms
    )


def _range_partitioning(partitioning: Partitioning | None) -> gcp.bigquery.TableRangePartitioningArgs | None:
    if not isinstance(partitioning, RangePartitioning):
        return None
    return gcp.bigquery.TableRangePartitioningArgs(
        field=partitioning.field,
        range=gcp.bigquery.TableRangePartitioningRangeArgs(
            start=partitioning.start, end=partitioning.end, interval=partitioning.interval
        ),
    )


def _milliseconds(minutes: float | None) -> int | None:
    return None if minutes is None else int(minutes * 60_000)


def _json(value: Mapping[str, object] | None) -> str | None:
    return None if value is None else json.dumps(value, separators=(",", ":"))


def _primary_key(asset: Table) -> gcp.bigquery.TableTableConstraintsArgs | None:
    if not asset.primary_key:
        return None
    return gcp.bigquery.TableTableConstraintsArgs(
        primary_key=gcp.bigquery.TableTableConstraintsPrimaryKeyArgs(columns=list(asset.primary_key))
    )
