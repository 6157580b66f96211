"""tables.patch and tables.update accept schema changes that BigQuery refuses.

Fault: a column's type change is accepted and ignored, a new REQUIRED column becomes a NULLABLE one, another
partitioning is recorded and nothing happens.
Why it matters: these are the changes that the program must refuse or make by replacement; an emulator that
accepts them hides it. The texts are BigQuery's.
Drop it when upstream answers 400.
"""

from __future__ import annotations

from typing import Any

from local_bigquery.catalog import names, tables
from local_bigquery.errors import BigQueryError

SAME = {"INT64": "INTEGER", "FLOAT64": "FLOAT", "BOOL": "BOOLEAN", "STRUCT": "RECORD", "DECIMAL": "NUMERIC"}
WIDENED = {
    ("INTEGER", "NUMERIC"),
    ("INTEGER", "BIGNUMERIC"),
    ("INTEGER", "FLOAT"),
    ("NUMERIC", "BIGNUMERIC"),
    ("NUMERIC", "FLOAT"),
}


def apply() -> None:
    """Check a change before upstream carries it out."""
    alter, update = tables._alter, tables.update

    def checked_alter(project_id: str, dataset_id: str, table_id: str, given: list[Any]) -> None:
        current = tables.fields(tables.load(project_id, dataset_id, table_id))
        _check_fields(names.label(project_id, dataset_id, table_id), current, given)
        alter(project_id, dataset_id, table_id, given)

    def checked_update(project_id: str, dataset_id: str, table_id: str, body: Any, *args: Any) -> Any:
        _check_partitioning(tables.load(project_id, dataset_id, table_id), body)
        return update(project_id, dataset_id, table_id, body, *args)

    tables._alter = checked_alter
    tables.update = checked_update


def _check_fields(label: str, current: list[Any], given: list[Any]) -> None:
    known = {field.name.casefold(): field for field in current}
    for field in given:
        _check_field(label, known.get(field.name.casefold()), field)


def _check_field(label: str, current: Any, field: Any) -> None:
    prefix = f"Provided Schema does not match Table {label}."
    mode = field.mode or "NULLABLE"
    if current is None:
        if mode == "REQUIRED":
            raise BigQueryError(
                "invalid",
                f"{prefix} Cannot add required fields to an existing schema. (field: {field.name})",
            )
        return
    before, after = _type(current), _type(field)
    if before != after and (before, after) not in WIDENED:
        raise BigQueryError("invalid", f"{prefix} Field {field.name} has changed type from {before} to {after}")
    if current.mode != mode and (current.mode, mode) != ("REQUIRED", "NULLABLE"):
        raise BigQueryError("invalid", f"{prefix} Field {field.name} has changed mode from {current.mode} to {mode}")


def _type(field: Any) -> str:
    kind = (field.type or "STRING").upper()
    return SAME.get(kind, kind)


def _check_partitioning(current: Any, body: Any) -> None:
    for key in ("timePartitioning", "rangePartitioning"):
        before, after = getattr(current, key), getattr(body, key)
        if after is None:
            continue
        if before is None:
            raise BigQueryError(
                "invalid",
                "Cannot convert non partitioned/clustered table to partitioned/clustered table.",
            )
        if _partition_key(key, before) != _partition_key(key, after):
            raise BigQueryError(
                "invalid",
                "Cannot change partitioning/clustering spec for a partitioned/clustered table.",
            )


def _partition_key(key: str, spec: Any) -> Any:
    if key == "rangePartitioning":
        return spec.dump()
    return (spec.type or "DAY", spec.field)
