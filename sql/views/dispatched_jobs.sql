-- The jobs that the dispatcher starts, when, and how often again after a failure (docs/decisions/0021-dispatcher.md).
-- DAY: once for each Los Angeles date, from a time of day there. MONTH: once for each month, from a time of day on the
-- 1st. RETRY: started by a schedule of its own; the dispatcher only repeats it while its latest runs have failed.
-- Read by: dispatch_state_at. Reads nothing.
CREATE OR REPLACE VIEW `eros_scheduling_brain.dispatched_jobs`
OPTIONS(
  description="Jobs that the dispatcher starts or repeats, with time of day, retries and the rest between them.",
  labels=[("system", "eros"), ("component", "scheduling")]
)
AS
SELECT
  --: Job, as in etl_job_runs.
  CAST(job.job_name AS STRING) AS job_name,
  --: DAY, MONTH or RETRY.
  CAST(job.cadence AS STRING) AS cadence,
  --: Time of day in Los Angeles from which it is due; null for RETRY.
  CAST(job.due_at AS TIME) AS due_at,
  --: How often it is started again after a failure; counted for a date, for a day of the month's job, or since the last
  --: run that ended well.
  CAST(job.retries AS INT64) AS retries,
  --: Seconds between a failure and the next start; the dispatcher looks every 15 minutes.
  CAST(job.rest_seconds AS INT64) AS rest_seconds
FROM
  UNNEST(ARRAY<STRUCT<job_name STRING, cadence STRING, due_at TIME, retries INT64, rest_seconds INT64>>[
    ('daily_automation', 'DAY', TIME '03:05:00', 2, 600),
    ('daily_report', 'DAY', TIME '08:00:00', 2, 600),
    ('monthly_maintenance', 'MONTH', TIME '03:10:00', 2, 600),
    ('restore_drill', 'MONTH', TIME '05:10:00', 2, 600),
    ('update_caption_performance', 'RETRY', NULL, 3, 300),
    ('sweep_expired_caption_locks', 'RETRY', NULL, 3, 180),
    ('pool_health_daily', 'RETRY', NULL, 2, 600),
    ('backup_export', 'RETRY', NULL, 2, 600)
  ]) AS job;
