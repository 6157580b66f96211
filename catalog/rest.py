"""Request bodies of BigQuery's REST API for declared objects, as `tables.insert` and `routines.insert` take them."""

from __future__ import annotations

from typing import Any

from catalog.addresses import Placement
from catalog.model import Argument, MaterializedView, Partitioning, Routine, Table, TimePartitioning, View


def table_resource(table: Table, place: Placement) -> dict[str, Any]:
    """The body of `tables.insert` for a table. int64 values are strings, as everywhere in Google's JSON."""
    resource: dict[str, Any] = {
        "tableReference": _reference("tableId", table.name, place),
        "description": table.description,
        "labels": dict(table.labels),
        "schema": {"fields": [column.api_json() for column in table.columns]},
        "requirePartitionFilter": table.require_partition_filter,
    }
    resource.update(_layout(table.partitioning, table.clustering))
    if table.primary_key:
        resource["tableConstraints"] = {"primaryKey": {"columns": list(table.primary_key)}}
    return resource


def view_resource(view: View, place: Placement) -> dict[str, Any]:
    """The body of `tables.insert` for a view or a materialized view."""
    resource: dict[str, Any] = {
        "tableReference": _reference("tableId", view.name, place),
        "description": view.description,
        "labels": dict(view.labels),
    }
    query = view.query(place)
    if not isinstance(view, MaterializedView):
        return resource | {"view": {"query": query, "useLegacySql": False}}
    definition: dict[str, Any] = {
        "query": query,
        "enableRefresh": view.enable_refresh,
        "allowNonIncrementalDefinition": view.allow_non_incremental_definition,
    }
    if view.refresh_interval_minutes is not None:
        definition["refreshIntervalMs"] = str(round(view.refresh_interval_minutes * 60_000))
    if view.max_staleness:
        resource["maxStaleness"] = view.max_staleness
    return resource | {"materializedView": definition} | _layout(view.partitioning, view.clustering)


def routine_resource(routine: Routine, place: Placement) -> dict[str, Any]:
    """The body of `routines.insert`."""
    resource: dict[str, Any] = {
        "routineReference": _reference("routineId", routine.name, place),
        "routineType": routine.kind,
        "language": routine.language,
        "arguments": [_argument(argument) for argument in routine.arguments],
        "definitionBody": routine.body(place),
        "description": routine.description,
    }
    optional = {
        "returnType": routine.return_type,
        "returnTableType": routine.return_table_type,
        "determinismLevel": routine.determinism,
    }
    return resource | {key: value for key, value in optional.items() if value is not None}


def _argument(argument: Argument) -> dict[str, Any]:
    fields = {
        "name": argument.name,
        "argumentKind": argument.kind,
        "mode": argument.mode,
        "dataType": argument.data_type,
    }
    return {key: value for key, value in fields.items() if value is not None}


def _reference(kind: str, name: str, place: Placement) -> dict[str, str]:
    address = place.address(name)
    return {"projectId": address.project, "datasetId": address.dataset, kind: address.name}


def _layout(partitioning: Partitioning | None, clustering: tuple[str, ...]) -> dict[str, Any]:
    layout: dict[str, Any] = {}
    if isinstance(partitioning, TimePartitioning):
        layout["timePartitioning"] = {"type": partitioning.type, "field": partitioning.field}
        if partitioning.expiration_ms is not None:
            layout["timePartitioning"]["expirationMs"] = str(partitioning.expiration_ms)
    elif partitioning is not None:
        bounds = {"start": partitioning.start, "end": partitioning.end, "interval": partitioning.interval}
        layout["rangePartitioning"] = {
            "field": partitioning.field,
            "range": {name: str(value) for name, value in bounds.items()},
        }
    if clustering:
        layout["clustering"] = {"fields": list(clustering)}
    return layout
