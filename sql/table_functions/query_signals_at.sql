-- What the statements on the stack's dataset say of its health at p_now: failures, durations, work and price.
-- Rows total_queries, slow_queries_5m, failed_queries_5m and avg_seconds_5m are for the columns of health_checks; no rule
-- reads them. Read by: run_health_check_at. Source: stack_jobs_at.
CREATE OR REPLACE TABLE FUNCTION `eros_scheduling_brain.query_signals_at`(p_now TIMESTAMP)
RETURNS TABLE<
  --: What was measured.
  signal STRING,
  --: Always empty: the whole platform.
  subject STRING,
  --: Value in the signal's unit; 0 without queries.
  value FLOAT64,
  --: Always null: no age is among them.
  since TIMESTAMP,
  --: What else a text may say, as key=value|key=value.
  details STRING,
  --: Always FALSE: queries can always be counted.
  is_waiting BOOL
>
OPTIONS(description="Failures, durations, slot time and price of the stack's statements, one row a signal.")
AS
SELECT
  measure.signal,
  '' AS subject,
  measure.value,
  CAST(NULL AS TIMESTAMP) AS since,
  measure.details,
  FALSE AS is_waiting
FROM (
  SELECT
    COUNTIF(job.is_recent) AS queries_1h,
    COUNTIF(job.is_recent AND job.has_failed) AS failed_1h,
    COUNTIF(job.is_recent AND job.total_slot_ms > 60000) AS slow_1h,
    ARRAY_AGG(IF(job.is_recent, job.seconds, NULL) IGNORE NULLS ORDER BY job.seconds) AS seconds_1h,
    SUM(IF(job.is_today, job.total_bytes_billed, 0)) AS bytes_today,
    `eros_scheduling_brain.query_cost_usd`(COALESCE(SUM(IF(job.is_today, job.total_bytes_billed, 0)), 0)) AS cost_today,
    COUNTIF(job.is_new) AS queries_5m,
    COUNTIF(job.is_new AND job.has_failed) AS failed_5m,
    COUNTIF(job.is_new AND job.total_slot_ms > 60000) AS slow_5m,
    AVG(IF(job.is_new, job.seconds, NULL)) AS mean_seconds_5m
  FROM (
    SELECT
      j.total_slot_ms,
      j.total_bytes_billed,
      j.error_reason IS NOT NULL AS has_failed,
      TIMESTAMP_DIFF(j.end_time, j.start_time, MILLISECOND) / 1000 AS seconds,
      j.creation_time > TIMESTAMP_SUB(p_now, INTERVAL 1 HOUR) AS is_recent,
      j.creation_time > TIMESTAMP_SUB(p_now, INTERVAL 5 MINUTE) AS is_new,
      j.creation_time >= TIMESTAMP(DATE(p_now, 'America/Los_Angeles'), 'America/Los_Angeles') AS is_today
    FROM `eros_scheduling_brain.stack_jobs_at`(
      LEAST(
        TIMESTAMP(DATE(p_now, 'America/Los_Angeles'), 'America/Los_Angeles'), TIMESTAMP_SUB(p_now, INTERVAL 1 HOUR)
      ),
      p_now
    ) AS j
  ) AS job
) AS seen
CROSS JOIN UNNEST([
  STRUCT(
    'failed_query_percent' AS signal,
    COALESCE(100 * SAFE_DIVIDE(seen.failed_1h, seen.queries_1h), 0) AS value,
    CONCAT(
      'failure_rate=',
      `eros_scheduling_brain.plain_number`(COALESCE(100 * SAFE_DIVIDE(seen.failed_1h, seen.queries_1h), 0)),
      '|total_failed=', CAST(seen.failed_1h AS STRING),
      '|total_queries=', CAST(seen.queries_1h AS STRING)
    ) AS details
  ),
  STRUCT('slow_queries', CAST(seen.slow_1h AS FLOAT64), CONCAT('total_queries=', CAST(seen.queries_1h AS STRING))),
  STRUCT(
    'query_p95_seconds',
    COALESCE(seen.seconds_1h[SAFE_OFFSET(CAST(CEIL(0.95 * ARRAY_LENGTH(seen.seconds_1h)) AS INT64) - 1)], 0),
    CONCAT('total_queries=', CAST(seen.queries_1h AS STRING))
  ),
  STRUCT(
    'cost_usd_today',
    seen.cost_today,
    CONCAT('gib_billed=', `eros_scheduling_brain.plain_number`(COALESCE(seen.bytes_today, 0) / POW(2, 30)))
  ),
  STRUCT('total_queries', CAST(seen.queries_5m AS FLOAT64), ''),
  STRUCT('slow_queries_5m', CAST(seen.slow_5m AS FLOAT64), ''),
  STRUCT('failed_queries_5m', CAST(seen.failed_5m AS FLOAT64), ''),
  STRUCT('avg_seconds_5m', seen.mean_seconds_5m, '')
]) AS measure;
