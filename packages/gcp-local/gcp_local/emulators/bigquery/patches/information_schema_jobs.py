"""INFORMATION_SCHEMA.JOBS lacks times, bytes, errors and labels.

Fault: the view has `creation_time` only, so a query that reads `start_time`, `end_time`,
`total_bytes_billed`, `error_result`, `labels` or `destination_table` fails with "Unrecognized name".
Why it matters: health, cost and the alert evaluator read those columns.
Drop it when upstream's view has them.
"""

from __future__ import annotations

from local_bigquery.sql.rules import information_schema

# The doubled braces are DuckDB's struct literals: upstream formats this text with {project}.
JOBS = """
SELECT
    make_timestamp(creation_time * 1000)::TIMESTAMPTZ AS creation_time,
    project_id,
    resource ->> '$.user_email' AS user_email,
    job_id,
    resource ->> '$.configuration.jobType' AS job_type,
    resource ->> '$.statistics.query.statementType' AS statement_type,
    'INTERACTIVE' AS priority,
    make_timestamp((resource ->> '$.statistics.startTime')::BIGINT * 1000)::TIMESTAMPTZ AS start_time,
    make_timestamp((resource ->> '$.statistics.endTime')::BIGINT * 1000)::TIMESTAMPTZ AS end_time,
    resource ->> '$.configuration.query.query' AS query,
    state,
    parent_job_id,
    coalesce((resource ->> '$.statistics.query.totalBytesProcessed')::BIGINT, 0) AS total_bytes_processed,
    coalesce((resource ->> '$.statistics.query.totalBytesBilled')::BIGINT, 0) AS total_bytes_billed,
    0::BIGINT AS total_slot_ms,
    coalesce((resource ->> '$.statistics.query.cacheHit')::BOOLEAN, false) AS cache_hit,
    CASE WHEN json_extract(resource, '$.status.errorResult') IS NOT NULL THEN {{
        'reason': resource ->> '$.status.errorResult.reason',
        'location': resource ->> '$.status.errorResult.location',
        'debug_info': '',
        'message': resource ->> '$.status.errorResult.message'
    }} END AS error_result,
    resource ->> '$.status.errorResult.reason' AS error_reason,
    [
        {{'key': k, 'value': json_extract_string(resource, '$.configuration.labels."' || k || '"')}}
        FOR k IN coalesce(
            json_keys(json_extract(resource, '$.configuration.labels')), CAST([] AS VARCHAR[])
        )
    ] AS labels,
    {{
        'project_id': resource ->> '$.configuration.query.destinationTable.projectId',
        'dataset_id': resource ->> '$.configuration.query.destinationTable.datasetId',
        'table_id': resource ->> '$.configuration.query.destinationTable.tableId'
    }} AS destination_table
FROM emulator.main.jobs
WHERE project_id = {project}
"""


def apply() -> None:
    """Replace the text of the view."""
    information_schema.JOBS = JOBS
