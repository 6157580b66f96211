-- What the statements of this stack have cost on the Los Angeles date of p_now and on the day before: always two rows,
-- the columns of cost_reports. A statement belongs to the day on which it was created; one that still runs counts
-- without bytes and duration, so the day before is only final when nothing of it runs any more, six hours later.
-- Read by: cost_report_at, for reports. Source: stack_jobs_at.
CREATE OR REPLACE TABLE FUNCTION `eros_scheduling_brain.cost_figures_at`(p_now TIMESTAMP)
RETURNS TABLE<
  --: Los Angeles date that the figures are for.
  date DATE,
  --: Statements created on that day; scripts as such do not count.
  total_queries INT64,
  --: Accounts that ran them.
  unique_users INT64,
  --: Bytes processed in TiB of 2^40.
  tb_processed FLOAT64,
  --: Bytes billed in TiB of 2^40.
  tb_billed FLOAT64,
  --: Price of the billed bytes in US dollars, without the free part of the month.
  estimated_cost_usd FLOAT64,
  --: SELECT statements.
  select_count INT64,
  --: INSERT statements.
  insert_count INT64,
  --: UPDATE statements.
  update_count INT64,
  --: DELETE statements.
  delete_count INT64,
  --: MERGE statements.
  merge_count INT64,
  --: CALL statements.
  call_count INT64,
  --: CREATE TABLE AS SELECT statements, temporary tables among them.
  create_count INT64,
  --: Mean duration of the statements that have ended, in seconds; null without one.
  avg_seconds FLOAT64,
  --: 95th percentile of the same, in seconds; null without one.
  p95_seconds FLOAT64,
  --: HEALTHY, WARNING above $5, CRITICAL above $10.
  cost_status STRING,
  --: Bytes billed to SELECT statements.
  select_bytes INT64,
  --: Bytes billed to INSERT statements.
  insert_bytes INT64,
  --: Bytes billed to UPDATE statements.
  update_bytes INT64,
  --: Bytes billed to DELETE statements.
  delete_bytes INT64,
  --: Bytes billed to MERGE statements.
  merge_bytes INT64,
  --: Bytes billed to CREATE TABLE AS SELECT statements.
  create_bytes INT64
>
OPTIONS(description="Number, bytes, price and duration of this stack's statements on the Los Angeles date of p_now and the day before.")
AS
SELECT
  c.date,
  c.total_queries,
  c.unique_users,
  c.bytes_processed / POW(2, 40) AS tb_processed,
  c.bytes_billed / POW(2, 40) AS tb_billed,
  `eros_scheduling_brain.query_cost_usd`(c.bytes_billed) AS estimated_cost_usd,
  c.select_count,
  c.insert_count,
  c.update_count,
  c.delete_count,
  c.merge_count,
  c.call_count,
  c.create_count,
  c.avg_seconds,
  c.p95_seconds,
  CASE
    WHEN `eros_scheduling_brain.query_cost_usd`(c.bytes_billed) > 10 THEN 'CRITICAL'
    WHEN `eros_scheduling_brain.query_cost_usd`(c.bytes_billed) > 5 THEN 'WARNING'
    ELSE 'HEALTHY'
  END AS cost_status,
  c.select_bytes,
  c.insert_bytes,
  c.update_bytes,
  c.delete_bytes,
  c.merge_bytes,
  c.create_bytes
FROM (
  WITH
    day AS (
      SELECT DATE_SUB(DATE(p_now, 'America/Los_Angeles'), INTERVAL days_ago DAY) AS date
      FROM UNNEST([0, 1]) AS days_ago
    ),
    job AS (
      SELECT
        DATE(job.creation_time, 'America/Los_Angeles') AS date,
        job.job_id,
        job.user_email,
        job.statement_type,
        COALESCE(job.total_bytes_processed, 0) AS bytes_processed,
        COALESCE(job.total_bytes_billed, 0) AS bytes_billed,
        TIMESTAMP_DIFF(job.end_time, job.start_time, MILLISECOND) / 1000 AS seconds
      FROM `eros_scheduling_brain.stack_jobs_at`(
        TIMESTAMP(DATE_SUB(DATE(p_now, 'America/Los_Angeles'), INTERVAL 1 DAY), 'America/Los_Angeles'), p_now
      ) AS job
    ),
    statement AS (
      SELECT
        job.date,
        job.job_id,
        job.user_email,
        job.statement_type,
        job.bytes_processed,
        job.bytes_billed,
        job.seconds,
        PERCENTILE_CONT(job.seconds, 0.95) OVER (PARTITION BY job.date) AS p95_seconds
      FROM job
    )
  SELECT
    day.date,
    COUNT(statement.job_id) AS total_queries,
    COUNT(DISTINCT statement.user_email) AS unique_users,
    COALESCE(SUM(statement.bytes_processed), 0) AS bytes_processed,
    COALESCE(SUM(statement.bytes_billed), 0) AS bytes_billed,
    COUNTIF(statement.statement_type = 'SELECT') AS select_count,
    COUNTIF(statement.statement_type = 'INSERT') AS insert_count,
    COUNTIF(statement.statement_type = 'UPDATE') AS update_count,
    COUNTIF(statement.statement_type = 'DELETE') AS delete_count,
    COUNTIF(statement.statement_type = 'MERGE') AS merge_count,
    COUNTIF(statement.statement_type = 'CALL') AS call_count,
    COUNTIF(statement.statement_type = 'CREATE_TABLE_AS_SELECT') AS create_count,
    AVG(statement.seconds) AS avg_seconds,
    MAX(statement.p95_seconds) AS p95_seconds,
    COALESCE(SUM(IF(statement.statement_type = 'SELECT', statement.bytes_billed, 0)), 0) AS select_bytes,
    COALESCE(SUM(IF(statement.statement_type = 'INSERT', statement.bytes_billed, 0)), 0) AS insert_bytes,
    COALESCE(SUM(IF(statement.statement_type = 'UPDATE', statement.bytes_billed, 0)), 0) AS update_bytes,
    COALESCE(SUM(IF(statement.statement_type = 'DELETE', statement.bytes_billed, 0)), 0) AS delete_bytes,
    COALESCE(SUM(IF(statement.statement_type = 'MERGE', statement.bytes_billed, 0)), 0) AS merge_bytes,
    COALESCE(SUM(IF(statement.statement_type = 'CREATE_TABLE_AS_SELECT', statement.bytes_billed, 0)), 0) AS create_bytes
  FROM day
  LEFT JOIN statement ON statement.date = day.date
  GROUP BY day.date
) AS c;
