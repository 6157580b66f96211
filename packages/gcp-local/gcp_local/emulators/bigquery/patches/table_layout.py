"""tables.insert accepts layouts that BigQuery refuses.

Fault: partitioning or clustering by an absent column, partitioning by a STRING, five clustering columns,
duplicate columns (answered 409) and a primary key on an absent column are recorded.
Why it matters: a table that deploys here must deploy there.
Drop it when upstream checks a resource as it checks a load job's layout.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from local_bigquery.catalog import tables
from local_bigquery.errors import BigQueryError

from gcp_local.table_rules import MAX_CLUSTERING

TIME_TYPES = {"TIMESTAMP", "DATE", "DATETIME"}
CLUSTERING_TYPES = {
    *TIME_TYPES,
    *("STRING", "INTEGER", "INT64", "NUMERIC", "BIGNUMERIC", "BOOLEAN", "BOOL", "GEOGRAPHY", "RANGE"),
}


def apply() -> None:
    """Check the layout before the table is made, and a changed clustering before it is recorded."""
    create, update = tables.create, tables.update

    def checked_create(project_id: str, dataset_id: str, body: Any, translate: Any) -> Any:
        fields = {field.name.casefold(): field for field in tables.fields(body)}
        _check_names(tables.fields(body))
        if not body.view:
            _check_partitioning(body, fields)
            _check_clustering(body, fields)
            _check_key(body, fields)
        return create(project_id, dataset_id, body, translate)

    def checked_update(project_id: str, dataset_id: str, table_id: str, body: Any, *args: Any) -> Any:
        fields = tables.fields(body) or tables.fields(tables.load(project_id, dataset_id, table_id))
        _check_names(fields)
        _check_clustering(body, {field.name.casefold(): field for field in fields})
        return update(project_id, dataset_id, table_id, body, *args)

    tables.create = checked_create
    tables.update = checked_update


def _refuse(message: str) -> None:
    raise BigQueryError("invalid", message)


def _check_names(fields: list[Any]) -> None:
    counted = Counter((field.name or "").casefold() for field in fields)
    for field in fields:
        if counted[(field.name or "").casefold()] > 1:
            _refuse(f"Duplicate field name: {field.name}")


def _check_partitioning(body: Any, fields: dict[str, Any]) -> None:
    time, ranged = body.timePartitioning, body.rangePartitioning
    if time and ranged:
        _refuse("Only one of timePartitioning and rangePartitioning should be specified.")
    for spec, types in ((time, TIME_TYPES), (ranged, {"INTEGER", "INT64"})):
        if not spec or not spec.field:
            continue
        field = fields.get(spec.field.casefold())
        if field is None:
            _refuse("The field specified for partitioning cannot be found in the schema.")
        elif field.type.upper() not in types or field.mode == "REPEATED":
            _refuse(
                f"The field specified for partitioning can only be of type {', '.join(sorted(types))}. "
                f"The type found is: {field.type}."
            )


def _check_clustering(body: Any, fields: dict[str, Any]) -> None:
    names = (body.clustering and body.clustering.fields) or []
    if len(names) > MAX_CLUSTERING:
        _refuse(f"Clustering is limited to {MAX_CLUSTERING} fields, {len(names)} were specified.")
    for name in names:
        field = fields.get(name.casefold())
        if field is None:
            _refuse(f"The field specified for clustering cannot be found in the schema. Invalid field: {name}.")
        elif field.type.upper() not in CLUSTERING_TYPES or field.mode == "REPEATED":
            _refuse(f"Entity of type {field.type} is not supported for clustering. Invalid field: {name}.")


def _check_key(body: Any, fields: dict[str, Any]) -> None:
    key = body.tableConstraints and body.tableConstraints.primaryKey
    for name in (key and key.columns) or []:
        if name.casefold() not in fields:
            _refuse(f"Primary key column {name} cannot be found in the schema.")
