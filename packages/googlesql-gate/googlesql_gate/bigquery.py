"""What BigQuery has and the analyzer lacks: INFORMATION_SCHEMA, four functions, names of types."""

from __future__ import annotations

from dataclasses import dataclass

from googlesql_gate.sqltypes import SqlType

_STRING, _INT64, _TIMESTAMP, _BOOL = (SqlType.simple(name) for name in ("STRING", "INT64", "TIMESTAMP", "BOOL"))

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
    BuiltinFunction("CONTAINS_SUBSTR", ("ANY", "STRING"), "BOOL"),
    BuiltinFunction("SEARCH", ("ANY", "STRING"), "BOOL"),
    BuiltinFunction("MAX_BY", ("T", "ANY"), "T", is_aggregate=True),
    BuiltinFunction("MIN_BY", ("T", "ANY"), "T", is_aggregate=True),
)

_OBJECT = {"catalog": _STRING, "schema": _STRING, "name": _STRING}


def _of(prefix: str, **columns: SqlType) -> dict[str, SqlType]:
    """The three columns that name an object, then `columns`."""
    return {f"{prefix}_{part}": kind for part, kind in _OBJECT.items()} | columns


def _struct(**fields: SqlType) -> SqlType:
    return SqlType.struct(fields.items())


_ERROR = _struct(reason=_STRING, location=_STRING, debug_info=_STRING, message=_STRING)
_TABLE = _struct(project_id=_STRING, dataset_id=_STRING, table_id=_STRING)
_JOBS: dict[str, SqlType] = {
    "creation_time": _TIMESTAMP,
    "start_time": _TIMESTAMP,
    "end_time": _TIMESTAMP,
    "project_id": _STRING,
    "project_number": _INT64,
    "user_email": _STRING,
    "job_id": _STRING,
    "parent_job_id": _STRING,
    "job_type": _STRING,
    "statement_type": _STRING,
    "priority": _STRING,
    "state": _STRING,
    "query": _STRING,
    "reservation_id": _STRING,
    "edition": _STRING,
    "transaction_id": _STRING,
    "cache_hit": _BOOL,
    "total_bytes_processed": _INT64,
    "total_bytes_billed": _INT64,
    "total_slot_ms": _INT64,
    "total_modified_partitions": _INT64,
    "transferred_bytes": _INT64,
    "error_result": _ERROR,
    "destination_table": _TABLE,
    "referenced_tables": SqlType.array(_TABLE),
    "labels": SqlType.array(_struct(key=_STRING, value=_STRING)),
    "session_info": _struct(session_id=_STRING),
    "dml_statistics": _struct(inserted_row_count=_INT64, deleted_row_count=_INT64, updated_row_count=_INT64),
    "bi_engine_statistics": _struct(bi_engine_mode=_STRING, acceleration_mode=_STRING),
    "job_creation_reason": _struct(code=_STRING),
}

INFORMATION_SCHEMA: dict[str, dict[str, SqlType]] = {
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
        ordinal_position=_STRING,  # so the documentation of PARAMETERS, unlike that of COLUMNS
        parameter_mode=_STRING,
        is_result=_STRING,
        parameter_name=_STRING,
        data_type=_STRING,
        parameter_default=_STRING,
        is_aggregate=_STRING,
    ),
    "SCHEMATA": {
        "catalog_name": _STRING,
        "schema_name": _STRING,
        "schema_owner": _STRING,
        "creation_time": _TIMESTAMP,
        "last_modified_time": _TIMESTAMP,
        "location": _STRING,
        "ddl": _STRING,
        "default_collation_name": _STRING,
    },
    "SCHEMATA_OPTIONS": {
        "catalog_name": _STRING,
        "schema_name": _STRING,
        "option_name": _STRING,
        "option_type": _STRING,
        "option_value": _STRING,
    },
    "ROUTINE_OPTIONS": _of("specific", option_name=_STRING, option_type=_STRING, option_value=_STRING),
    "MATERIALIZED_VIEWS": _of(
        "table", last_refresh_time=_TIMESTAMP, refresh_watermark=_TIMESTAMP, last_refresh_status=_ERROR
    ),
    "TABLE_CONSTRAINTS": _of("constraint")
    | _of("table", constraint_type=_STRING, is_deferrable=_STRING, enforced=_STRING),
    "KEY_COLUMN_USAGE": _of("constraint")
    | _of("table", column_name=_STRING, ordinal_position=_INT64, position_in_unique_constraint=_INT64),
    "TABLE_STORAGE": _of(
        "table",
        project_id=_STRING,
        project_number=_INT64,
        creation_time=_TIMESTAMP,
        total_rows=_INT64,
        total_partitions=_INT64,
        total_logical_bytes=_INT64,
        active_logical_bytes=_INT64,
        long_term_logical_bytes=_INT64,
        current_physical_bytes=_INT64,
        total_physical_bytes=_INT64,
        active_physical_bytes=_INT64,
        long_term_physical_bytes=_INT64,
        time_travel_physical_bytes=_INT64,
        fail_safe_physical_bytes=_INT64,
        storage_last_modified_time=_TIMESTAMP,
        deleted=_BOOL,
        table_type=_STRING,
        managed_table_type=_STRING,
    ),
    **dict.fromkeys(("JOBS", "JOBS_BY_PROJECT", "JOBS_BY_USER", "JOBS_BY_FOLDER", "JOBS_BY_ORGANIZATION"), _JOBS),
    "JOBS_TIMELINE": {
        "period_start": _TIMESTAMP,
        "period_slot_ms": _INT64,
        "project_id": _STRING,
        "user_email": _STRING,
        "job_id": _STRING,
        "job_type": _STRING,
        "statement_type": _STRING,
        "job_creation_time": _TIMESTAMP,
        "job_start_time": _TIMESTAMP,
        "job_end_time": _TIMESTAMP,
        "state": _STRING,
        "reservation_id": _STRING,
        "total_bytes_processed": _INT64,
        "total_bytes_billed": _INT64,
        "error_result": _ERROR,
        "cache_hit": _BOOL,
    },
}
"""View -> column -> type (docs/information-schema-*). JOBS lacks job_stages, timeline and query_info."""

UNKNOWN_PREFIXES = ("ML.", "AI.", "KEYS.", "S2.", "BIGLAKE.")
UNKNOWN_NAMES = frozenset(
    {"APPENDS", "BAG_OF_WORDS", "CHANGES", "EXTERNAL_QUERY", "GAP_FILL", "TEXT_ANALYZE", "TF_IDF", "VECTOR_SEARCH"}
)


def is_unknown_here(name: str) -> bool:
    """Whether BigQuery may have a function or system view of this dotted name that the analyzer has never heard of."""
    upper = name.upper()
    return upper.startswith(UNKNOWN_PREFIXES) or upper in UNKNOWN_NAMES or "INFORMATION_SCHEMA." in upper
