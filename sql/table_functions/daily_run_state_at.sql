-- Whether the daily automation of the Los Angeles date of p_now is due, by the runs of that date; always one row.
-- Due: from 03:05 Los Angeles time, when no run of the date has ended well or is RUNNING since less than two hours,
-- at most two have failed and the last failure is more than ten minutes old. Before 03:05 nothing is due, not for
-- yesterday either.
-- Exhausted: three failures, and no run of the date that ended well: nobody will start it again.
-- Read by: dispatch_daily_automation_at. Source: etl_job_runs.
CREATE OR REPLACE TABLE FUNCTION `eros_scheduling_brain.daily_run_state_at`(p_now TIMESTAMP)
RETURNS TABLE<
  execution_date DATE,
  failed_attempts INT64,
  is_due BOOL,
  is_exhausted BOOL
>
OPTIONS(description="Los Angeles date of p_now, failed runs of the daily automation for it, and whether it is due or given up.")
AS
SELECT
  DATE(p_now, 'America/Los_Angeles') AS execution_date,
  c.failed_attempts,
  TIME(p_now, 'America/Los_Angeles') >= TIME '03:05:00'
    AND c.completed_runs = 0
    AND c.live_runs = 0
    AND c.failed_attempts <= 2
    AND COALESCE(c.last_failure < TIMESTAMP_SUB(p_now, INTERVAL 10 MINUTE), TRUE) AS is_due,
  TIME(p_now, 'America/Los_Angeles') >= TIME '03:05:00'
    AND c.completed_runs = 0
    AND c.failed_attempts >= 3 AS is_exhausted
FROM (
  SELECT
    COUNTIF(run.job_status IN ('SUCCESS', 'COMPLETED_WITH_ERRORS', 'COMPLETED_NO_WORK')) AS completed_runs,
    COUNTIF(
      run.job_status = 'RUNNING' AND run.job_start_time >= TIMESTAMP_SUB(p_now, INTERVAL 2 HOUR)
    ) AS live_runs,
    COUNTIF(run.job_status = 'FAILED') AS failed_attempts,
    MAX(
      IF(run.job_status = 'FAILED', COALESCE(run.job_end_time, run.job_start_time), NULL)
    ) AS last_failure
  FROM `eros_scheduling_brain.etl_job_runs` AS run
  WHERE run.job_name = 'daily_automation'
    AND run.execution_date = DATE(p_now, 'America/Los_Angeles')
) AS c;
