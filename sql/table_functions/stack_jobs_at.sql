-- The statements that this stack's dataset caused, created after p_since and not after p_now: queries that read or
-- write a table of the dataset, whoever ran them, and all other statements of the same scripts (those on temporary
-- tables, for example). Queries of another stack in the same project are not among them.
-- Without scripts as such: their statements stand for themselves, and counting both would count bytes twice.
-- Read by: cost_report_at. Source: project_jobs.
CREATE OR REPLACE TABLE FUNCTION `eros_scheduling_brain.stack_jobs_at`(p_since TIMESTAMP, p_now TIMESTAMP)
RETURNS TABLE<
  creation_time TIMESTAMP,
  start_time TIMESTAMP,
  end_time TIMESTAMP,
  job_id STRING,
  parent_job_id STRING,
  user_email STRING,
  statement_type STRING,
  state STRING,
  total_bytes_processed INT64,
  total_bytes_billed INT64,
  total_slot_ms INT64,
  error_reason STRING,
  error_message STRING
>
OPTIONS(description="Statements on this stack's dataset and those of their scripts, created in (p_since, p_now].")
AS
SELECT
  c.creation_time,
  c.start_time,
  c.end_time,
  c.job_id,
  c.parent_job_id,
  c.user_email,
  c.statement_type,
  c.state,
  c.total_bytes_processed,
  c.total_bytes_billed,
  c.total_slot_ms,
  c.error_reason,
  c.error_message
FROM (
  SELECT
    job.creation_time,
    job.start_time,
    job.end_time,
    job.job_id,
    job.parent_job_id,
    job.user_email,
    job.statement_type,
    job.state,
    job.total_bytes_processed,
    job.total_bytes_billed,
    job.total_slot_ms,
    job.error_reason,
    job.error_message,
    LOGICAL_OR(
      CONCAT(stack.project_id, '.', stack.dataset_id) IN UNNEST(job.datasets_read)
      OR COALESCE(job.dataset_written = CONCAT(stack.project_id, '.', stack.dataset_id), FALSE)
    ) OVER (PARTITION BY COALESCE(job.parent_job_id, job.job_id)) AS is_of_stack
  FROM `eros_scheduling_brain.project_jobs` AS job
  CROSS JOIN `eros_scheduling_brain.deployed_stack` AS stack
  WHERE job.creation_time > p_since AND job.creation_time <= p_now AND job.job_type = 'QUERY'
) AS c
WHERE c.is_of_stack AND COALESCE(c.statement_type, '') != 'SCRIPT';
