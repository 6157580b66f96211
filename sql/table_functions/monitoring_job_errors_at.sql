-- The last ten statements of this stack that failed within an hour.
-- A run of the alert evaluator that ends by raising EROS_ALERT has done its work and is no failure.
-- Read by: monitoring_job_errors. Source: stack_jobs_at.
CREATE OR REPLACE TABLE FUNCTION `eros_scheduling_brain.monitoring_job_errors_at`(p_now TIMESTAMP)
RETURNS TABLE<
  --: When the statement was created; the ten latest within the hour before p_now.
  creation_time TIMESTAMP,
  job_id STRING,
  user_email STRING,
  statement_type STRING,
  --: From start to end in seconds; null when it never began.
  seconds FLOAT64,
  error_reason STRING,
  error_message STRING
>
OPTIONS(description="The ten latest statements of this stack that failed in the last hour, with account and error.")
AS
SELECT
  job.creation_time,
  job.job_id,
  job.user_email,
  job.statement_type,
  TIMESTAMP_DIFF(job.end_time, job.start_time, MILLISECOND) / 1000 AS seconds,
  job.error_reason,
  job.error_message
FROM `eros_scheduling_brain.stack_jobs_at`(TIMESTAMP_SUB(p_now, INTERVAL 1 HOUR), p_now) AS job
WHERE job.error_reason IS NOT NULL
  AND STRPOS(COALESCE(job.error_message, ''), 'EROS_ALERT|') = 0
QUALIFY ROW_NUMBER() OVER (ORDER BY job.creation_time DESC, job.job_id) <= 10;
