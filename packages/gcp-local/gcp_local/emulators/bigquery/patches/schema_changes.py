"""tables.patch and tables.update accept schema changes that BigQuery refuses.

Fault: a column's type change is accepted and ignored, a new REQUIRED column becomes a NULLABLE one, a nested field
may go, another partitioning is recorded and nothing happens.
Why it matters: these are the changes that the program must refuse or make by replacement; an emulator that
accepts them hides it. The texts are BigQuery's.
The API changes no type, not even one that ALTER COLUMN SET DATA TYPE can
(https://cloud.google.com/bigquery/docs/managing-table-schemas#change_a_columns_data_type); parameters of a type may
become wider. Names are the same in upper and lower case.
Drop it when upstream answers 400.
"""

from __future__ import annotations

from typing import Any

from local_bigquery.catalog import names, tables
from local_bigquery.errors import BigQueryError

from gcp_local.table_rules import API_SPELLINGS, can_be_added, keeps_rows, mode_of

UNBOUNDED_DIGITS = {"NUMERIC": (29, 9), "BIGNUMERIC": (39, 38)}


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
        _check_field(label, known.get(field.name.casefold()), field, field.name)


def _check_field(label: str, current: Any, field: Any, path: str) -> None:
    prefix = f"Provided Schema does not match Table {label}."
    if current is None:
        if not can_be_added(field.mode):
            raise BigQueryError(
                "invalid",
                f"{prefix} Cannot add required fields to an existing schema. (field: {path})",
            )
        return
    before, after = _type(current), _type(field)
    if before != after:
        raise BigQueryError("invalid", f"{prefix} Field {path} has changed type from {before} to {after}")
    if not keeps_rows(current.mode, field.mode):
        modes = f"from {mode_of(current.mode)} to {mode_of(field.mode)}"
        raise BigQueryError("invalid", f"{prefix} Field {path} has changed mode {modes}")
    narrower = [b < a for a, b in zip(_bounds(before, current), _bounds(after, field), strict=True)]
    if any(narrower):
        raise BigQueryError("invalid", f"{prefix} Field {path} has narrower type parameters than the table")
    _check_nested(label, current, field, path)


def _check_nested(label: str, current: Any, field: Any, path: str) -> None:
    known = {nested.name.casefold(): nested for nested in current.fields or []}
    given = {nested.name.casefold(): nested for nested in field.fields or []}
    for name, nested in known.items():
        if name not in given:
            text = f"Provided Schema does not match Table {label}. Cannot remove field: {path}.{nested.name}"
            raise BigQueryError("invalid", text)
    for name, nested in given.items():
        _check_field(label, known.get(name), nested, f"{path}.{nested.name}")


def _bounds(kind: str, field: Any) -> tuple[float, ...]:
    """What type parameters allow, larger is wider: a length, or digits before and after the point."""
    if kind in UNBOUNDED_DIGITS:
        precision, scale = field.precision, int(field.scale or 0)
        return UNBOUNDED_DIGITS[kind] if precision is None else (int(precision) - scale, scale)
    return (float("inf") if field.maxLength is None else int(field.maxLength),)


def _type(field: Any) -> str:
    kind = (field.type or "STRING").upper()
    return API_SPELLINGS.get(kind, kind)


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
