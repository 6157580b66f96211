"""INFORMATION_SCHEMA.JOBS lacks times, bytes, errors and labels.

Fault: the view has `creation_time` only, so a query that reads `start_time`, `end_time`,
`total_bytes_billed`, `error_result`, `labels`, `destination_table` or `referenced_tables` fails with
"Unrecognized name". No job tells the target of its DML, which on BigQuery is its destination table.
Why it matters: health, cost, the alert evaluator and reports of who reads what read those columns.
Drop it when upstream's view has them.
"""

from __future__ import annotations

from typing import Any

from local_bigquery.catalog import names
from local_bigquery.jobs import query
from local_bigquery.sql.rules import information_schema
from sqlglot import exp

REFERENCE = ("projectId", "datasetId", "tableId")
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
        'project_id': target ->> '$.projectId',
        'dataset_id': target ->> '$.datasetId',
        'table_id': target ->> '$.tableId'
    }} AS destination_table,
    [
        {{'project_id': t ->> '$.projectId', 'dataset_id': t ->> '$.datasetId', 'table_id': t ->> '$.tableId'}}
        FOR t IN coalesce(
            json_extract(resource, '$.statistics.query.referencedTables[*]'), CAST([] AS JSON[])
        )
    ] AS referenced_tables
FROM (
    SELECT *, coalesce(
        json_extract(resource, '$.statistics.query.ddlTargetTable'),
        json_extract(resource, '$.configuration.query.destinationTable'),
        json_extract(resource, '$.configuration.load.destinationTable'),
        json_extract(resource, '$.configuration.copy.destinationTable')
    ) AS target
    FROM emulator.main.jobs
)
WHERE project_id = {project}
"""


def apply() -> None:
    """Replace the text of the view, and let each DML statement note its target."""
    information_schema.JOBS = JOBS
    run = query._run

    def run_and_note(cur: Any, tree: Any, context: Any, *rest: Any) -> Any:
        statistics = run(cur, tree, context, *rest)
        if not isinstance(tree, exp.Insert | exp.Update | exp.Delete | exp.Merge):
            return statistics
        target = names.reference(names.target(tree), context.project_id, context.dataset_id)
        return statistics.replace(ddlTargetTable=dict(zip(REFERENCE, target, strict=True)))

    query._run = run_and_note
