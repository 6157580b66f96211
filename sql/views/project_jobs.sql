-- The history of the project's jobs in the stack's region: everybody's, of the last 180 days, as
-- INFORMATION_SCHEMA.JOBS has it. Whoever reads it bounds creation_time, by which BigQuery keeps it.
-- BigQuery shows it to whoever has bigquery.jobs.listAll on the project (roles/bigquery.resourceViewer).
-- The one place that names the region. Read by: stack_jobs_at.
CREATE OR REPLACE VIEW `eros_scheduling_brain.project_jobs`
OPTIONS(
  description="Jobs of the project in the region of the stack, everybody's, of the last 180 days.",
  labels=[("system", "eros"), ("component", "telemetry")]
)
AS
SELECT
  --: When the job was created.
  job.creation_time AS creation_time,
  --: When it began to run; null while it waits.
  job.start_time AS start_time,
  --: When it ended; null until then.
  job.end_time AS end_time,
  --: The job, unique in the project.
  job.job_id AS job_id,
  --: The script that the job is a statement of; null for other jobs.
  job.parent_job_id AS parent_job_id,
  --: Account that ran it.
  job.user_email AS user_email,
  --: QUERY, LOAD, EXTRACT or COPY.
  job.job_type AS job_type,
  --: Kind of statement, for example SELECT, MERGE, CALL; SCRIPT for a script as a whole; null when it was not understood.
  job.statement_type AS statement_type,
  --: PENDING, RUNNING or DONE.
  job.state AS state,
  --: Bytes that it read; a script counts those of its statements again.
  job.total_bytes_processed AS total_bytes_processed,
  --: Bytes that are billed; a script counts those of its statements again.
  job.total_bytes_billed AS total_bytes_billed,
  --: Slot milliseconds that it used: a measure of work, not of time.
  job.total_slot_ms AS total_slot_ms,
  --: Short reason of the error, for example accessDenied; null without one.
  job.error_result.reason AS error_reason,
  --: What the error says; null without one.
  job.error_result.message AS error_message,
  --: Project and dataset of each table that was read, as project.dataset; empty for cached results.
  ARRAY(
    SELECT DISTINCT CONCAT(t.project_id, '.', t.dataset_id)
    FROM UNNEST(job.referenced_tables) AS t
  ) AS datasets_read,
  --: Project and dataset of the table that was written, as project.dataset; null without one.
  CONCAT(job.destination_table.project_id, '.', job.destination_table.dataset_id) AS dataset_written
FROM `region-us`.INFORMATION_SCHEMA.JOBS AS job;
