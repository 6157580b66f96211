"""What we mend of `local-bigquery`: one fault a module, each with its reason and when to drop it.

A module replaces functions of the installed package in its `apply()` and touches nothing else. Each has a test
in `tests/processes/test_bigquery_patches.py` that fails without it; run those against an unpatched emulator
(`--stock`) after an upgrade to see which ones can go.
"""

from __future__ import annotations

from types import ModuleType

from gcp_local.emulators.bigquery.patches import (
    access_lists,
    array_assignments,
    avro_loads,
    batched_functions,
    broken_views,
    bytes_read,
    catalog_index,
    column_defaults,
    dataset_rules,
    engine_errors,
    exports,
    incremental_views,
    information_schema_jobs,
    information_schema_parameters,
    information_schema_scope,
    interrupted_jobs,
    job_location,
    load_statements,
    materialized_views,
    merge_in_transaction,
    nested_columns,
    null_options,
    outside_access,
    pandas_lookup,
    partition_filters,
    procedure_arguments,
    result_pruning,
    returns_table,
    routine_identity,
    schema_changes,
    set_tuple,
    statement_jobs,
    storage_jobs,
    table_layout,
    table_snapshots,
    transactions,
    unnested_functions,
    variable_snapshots,
    view_updates,
    whole_creations,
    whole_rows,
    wide_sums,
)

ALL: tuple[ModuleType, ...] = (
    access_lists,
    array_assignments,
    batched_functions,
    broken_views,
    catalog_index,
    column_defaults,
    dataset_rules,
    engine_errors,
    information_schema_jobs,
    information_schema_parameters,
    information_schema_scope,
    interrupted_jobs,
    job_location,
    merge_in_transaction,
    nested_columns,
    null_options,
    outside_access,
    pandas_lookup,
    partition_filters,
    procedure_arguments,
    result_pruning,
    routine_identity,
    returns_table,
    schema_changes,
    set_tuple,
    storage_jobs,
    avro_loads,
    exports,  # after storage_jobs, which says where files go
    load_statements,
    table_layout,
    table_snapshots,  # after table_layout, which knows the columns of tables only
    transactions,
    unnested_functions,
    view_updates,
    whole_rows,
    wide_sums,
    materialized_views,  # after table_layout, which knows the columns of tables only
    incremental_views,  # before the view is made
    whole_creations,  # around all that a creation does
    variable_snapshots,  # before whatever runs the statement
    bytes_read,  # after what was executed last
    statement_jobs,  # around all that runs it
)


def apply() -> None:
    """Apply every patch, once, before the emulator serves its first request."""
    for patch in ALL:
        patch.apply()
