"""What BigQuery has and the analyzer lacks: INFORMATION_SCHEMA, four functions, names of types."""

from __future__ import annotations

from dataclasses import dataclass

_STRING, _INT64, _TIMESTAMP, _BOOL, _JSON = "STRING", "INT64", "TIMESTAMP", "BOOL", "JSON"

TYPE_ALIASES = ("INT", "INTEGER", "BIGINT", "SMALLINT", "TINYINT", "BYTEINT")
"""Other names of INT64."""


@dataclass(frozen=True, slots=True)
class BuiltinFunction:
    """A function for the catalog. In `arguments` and `result`, ANY is any type and T a type of its own that returns."""

    name: str
    arguments: tuple[str, ...]
    result: str
    is_aggregate: bool = False


FUNCTIONS = (
    BuiltinFunction("CONTAINS_SUBSTR", ("ANY", _STRING), _BOOL),
    BuiltinFunction("SEARCH", ("ANY", _STRING), _BOOL),
    BuiltinFunction("MAX_BY", ("T", "ANY"), "T", is_aggregate=True),
    BuiltinFunction("MIN_BY", ("T", "ANY"), "T", is_aggregate=True),
)

_OBJECT = {"catalog": _STRING, "schema": _STRING, "name": _STRING}


def _of(prefix: str, **columns: str) -> dict[str, str]:
    """The three columns that name an object, then `columns`."""
    return {f"{prefix}_{part}": kind for part, kind in _OBJECT.items()} | columns


INFORMATION_SCHEMA: dict[str, dict[str, str]] = {
    "TABLES": _of(
        "table",
        table_type=_STRING,
        managed_table_type=_STRING,
        is_insertable_into=_STRING,
        is_typed=_STRING,
        is_change_history_enabled=_STRING,
        creation_time=_TIMESTAMP,
        base_table_catalog=_STRING,
        base_table_schema=_STRING,
        base_table_name=_STRING,
        snapshot_time_ms=_TIMESTAMP,
        ddl=_STRING,
        default_collation_name=_STRING,
    ),
    "COLUMNS": _of(
        "table",
        column_name=_STRING,
        ordinal_position=_INT64,
        is_nullable=_STRING,
        data_type=_STRING,
        is_generated=_STRING,
        is_hidden=_STRING,
        is_system_defined=_STRING,
        is_partitioning_column=_STRING,
        clustering_ordinal_position=_INT64,
        collation_name=_STRING,
        column_default=_STRING,
        rounding_mode=_STRING,
    ),
    "COLUMN_FIELD_PATHS": _of(
        "table",
        column_name=_STRING,
        field_path=_STRING,
        data_type=_STRING,
        description=_STRING,
        collation_name=_STRING,
        rounding_mode=_STRING,
    ),
    "TABLE_OPTIONS": _of("table", option_name=_STRING, option_type=_STRING, option_value=_STRING),
    "PARTITIONS": _of(
        "table",
        partition_id=_STRING,
        total_rows=_INT64,
        total_logical_bytes=_INT64,
        total_billable_bytes=_INT64,
        last_modified_time=_TIMESTAMP,
        storage_tier=_STRING,
    ),
    "VIEWS": _of("table", view_definition=_STRING, check_option=_STRING, use_standard_sql=_STRING),
    "ROUTINES": _of("specific")
    | _of(
        "routine",
        routine_type=_STRING,
        data_type=_STRING,
        routine_body=_STRING,
        routine_definition=_STRING,
        external_language=_STRING,
        is_deterministic=_STRING,
        security_type=_STRING,
        created=_TIMESTAMP,
        last_altered=_TIMESTAMP,
        ddl=_STRING,
    ),
    "PARAMETERS": _of(
        "specific",
        ordinal_position=_INT64,
        parameter_mode=_STRING,
        is_result=_STRING,
        parameter_name=_STRING,
        data_type=_STRING,
        parameter_default=_STRING,
        is_aggregate=_STRING,
    ),
    "JOBS": {
        "creation_time": _TIMESTAMP,
        "start_time": _TIMESTAMP,
        "end_time": _TIMESTAMP,
        "project_id": _STRING,
        "user_email": _STRING,
        "job_id": _STRING,
        "parent_job_id": _STRING,
        "job_type": _STRING,
        "statement_type": _STRING,
        "priority": _STRING,
        "state": _STRING,
        "query": _STRING,
        "cache_hit": _BOOL,
        "total_bytes_processed": _INT64,
        "total_bytes_billed": _INT64,
        "total_slot_ms": _INT64,
        "job_creation_reason": _JSON,
    },
}
"""View -> column -> type. Columns that hold structures are left out: nothing here reads them."""
