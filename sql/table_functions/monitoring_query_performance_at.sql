-- How fast this stack's statements were in the last 24 hours and how many failed, by kind of statement.
-- From start to end of those that have ended, not slot time. A run of the alert evaluator that ends by raising
-- EROS_ALERT has done its work and is no failure.
-- Read by: monitoring_query_performance. Source: stack_jobs_at.
CREATE OR REPLACE TABLE FUNCTION `eros_scheduling_brain.monitoring_query_performance_at`(p_now TIMESTAMP)
RETURNS TABLE<
  --: Kind of statement, for example SELECT, MERGE, CALL (which lasts as long as its statements); ALL for all together.
  query_type STRING,
  --: FAILING from 1 % of failures, SLOW from a p95 of 1 second (but not for CALL and ALL), else OK; UNKNOWN without a query.
  state STRING,
  --: Statements of the 24 hours before p_now that have ended.
  queries INT64,
  --: Of those, failed.
  failed INT64,
  --: 100 * failed / queries; null without a query.
  failure_pct FLOAT64,
  --: Median duration in seconds of those that did not fail; null without one.
  p50_seconds FLOAT64,
  --: 95th percentile of the same in seconds.
  p95_seconds FLOAT64,
  --: 99th percentile of the same in seconds.
  p99_seconds FLOAT64,
  --: Longest of the same in seconds.
  max_seconds FLOAT64
>
OPTIONS(description="Durations (median, 95th, 99th percentile) and failures of this stack's statements in 24 hours by kind.")
AS
SELECT
  g.query_type,
  CASE
    WHEN g.queries = 0 THEN 'UNKNOWN'
    WHEN 100 * g.failed >= g.queries THEN 'FAILING'
    WHEN g.p95_seconds >= 1 AND g.query_type NOT IN ('CALL', 'ALL') THEN 'SLOW'
    ELSE 'OK'
  END AS state,
  g.queries,
  g.failed,
  SAFE_DIVIDE(100 * g.failed, g.queries) AS failure_pct,
  g.p50_seconds,
  g.p95_seconds,
  g.p99_seconds,
  g.max_seconds
FROM (
  WITH
    statement AS (
      SELECT
        COALESCE(job.statement_type, 'OTHER') AS statement_type,
        job.error_reason IS NOT NULL AND STRPOS(COALESCE(job.error_message, ''), 'EROS_ALERT|') = 0 AS has_failed,
        IF(
          job.error_reason IS NULL, TIMESTAMP_DIFF(job.end_time, job.start_time, MILLISECOND) / 1000, NULL
        ) AS seconds
      FROM `eros_scheduling_brain.stack_jobs_at`(TIMESTAMP_SUB(p_now, INTERVAL 24 HOUR), p_now) AS job
      WHERE job.state = 'DONE'
    ),
    counted AS (
      SELECT
        kind,
        statement.has_failed,
        statement.seconds,
        PERCENTILE_CONT(statement.seconds, 0.5) OVER (PARTITION BY kind) AS p50_seconds,
        PERCENTILE_CONT(statement.seconds, 0.95) OVER (PARTITION BY kind) AS p95_seconds,
        PERCENTILE_CONT(statement.seconds, 0.99) OVER (PARTITION BY kind) AS p99_seconds
      FROM statement
      CROSS JOIN UNNEST(['ALL', statement.statement_type]) AS kind
    ),
    grouped AS (
      SELECT
        counted.kind,
        COUNT(*) AS queries,
        COUNTIF(counted.has_failed) AS failed,
        MAX(counted.p50_seconds) AS p50_seconds,
        MAX(counted.p95_seconds) AS p95_seconds,
        MAX(counted.p99_seconds) AS p99_seconds,
        MAX(counted.seconds) AS max_seconds
      FROM counted
      GROUP BY counted.kind
    )
  SELECT
    COALESCE(grouped.kind, every.kind) AS query_type,
    COALESCE(grouped.queries, 0) AS queries,
    COALESCE(grouped.failed, 0) AS failed,
    grouped.p50_seconds,
    grouped.p95_seconds,
    grouped.p99_seconds,
    grouped.max_seconds
  FROM grouped
  FULL OUTER JOIN (SELECT 'ALL' AS kind) AS every ON every.kind = grouped.kind
) AS g;
