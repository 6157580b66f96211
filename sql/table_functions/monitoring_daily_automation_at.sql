-- How the daily automation went on each of the last seven Los Angeles dates: a row a date and status.
-- A date whose run was due, at 03:05, and that has none is a row too: what never ran must not be missing from a report
-- of what ran. A date repeated by hand counts on its own date.
-- Read by: monitoring_daily_automation. Source: etl_job_runs.
CREATE OR REPLACE TABLE FUNCTION `eros_scheduling_brain.monitoring_daily_automation_at`(p_now TIMESTAMP)
RETURNS TABLE<
  --: Los Angeles date that the runs were for, one of the seven up to that of p_now.
  execution_date DATE,
  --: RUNNING, SUCCESS, COMPLETED_WITH_ERRORS, COMPLETED_NO_WORK or FAILED; NOT_RUN when 03:05 has passed without a run.
  job_status STRING,
  --: Runs of that date with that status; 0 for NOT_RUN.
  runs INT64,
  --: Their mean duration in seconds; null while none has ended.
  avg_seconds FLOAT64,
  --: The longest of them in seconds; null while none has ended.
  max_seconds FLOAT64,
  --: Pages that they handled without an error.
  pages_processed INT64,
  --: Pages that failed.
  pages_failed INT64,
  --: 100 * pages_failed / (pages_processed + pages_failed); null when they reached no page.
  failure_rate_pct FLOAT64,
  --: Start of the last of them; null for NOT_RUN.
  last_run TIMESTAMP
>
OPTIONS(description="Daily automation by Los Angeles date and status over 7 days: runs, durations, pages, failure rate; NOT_RUN where it was due and did not.")
AS
SELECT
  day AS execution_date,
  COALESCE(r.job_status, 'NOT_RUN') AS job_status,
  COALESCE(r.runs, 0) AS runs,
  r.avg_seconds,
  r.max_seconds,
  COALESCE(r.pages_processed, 0) AS pages_processed,
  COALESCE(r.pages_failed, 0) AS pages_failed,
  SAFE_DIVIDE(100 * r.pages_failed, r.pages_processed + r.pages_failed) AS failure_rate_pct,
  r.last_run
FROM UNNEST(GENERATE_DATE_ARRAY(
  DATE_SUB(DATE(p_now, 'America/Los_Angeles'), INTERVAL 6 DAY), DATE(p_now, 'America/Los_Angeles')
)) AS day
LEFT JOIN (
  SELECT
    COALESCE(run.execution_date, DATE(run.job_start_time, 'America/Los_Angeles')) AS execution_date,
    run.job_status,
    COUNT(*) AS runs,
    AVG(run.job_duration_seconds) AS avg_seconds,
    MAX(run.job_duration_seconds) AS max_seconds,
    SUM(COALESCE(run.creators_processed, 0)) AS pages_processed,
    SUM(COALESCE(run.creators_failed, 0)) AS pages_failed,
    MAX(run.job_start_time) AS last_run
  FROM `eros_scheduling_brain.etl_job_runs` AS run
  WHERE run.job_name = 'daily_automation'
    -- A run is never for a date to come, so those of the seven dates started on the first of them or later.
    AND run.job_start_time
      >= TIMESTAMP(DATE_SUB(DATE(p_now, 'America/Los_Angeles'), INTERVAL 6 DAY), 'America/Los_Angeles')
    AND run.job_start_time <= p_now
  GROUP BY COALESCE(run.execution_date, DATE(run.job_start_time, 'America/Los_Angeles')), run.job_status
) AS r ON r.execution_date = day
WHERE r.runs IS NOT NULL
  OR TIMESTAMP(DATETIME(day, TIME '03:05:00'), 'America/Los_Angeles') <= p_now;
