-- What the jobs' runs leave to do at p_now: whether the daily automation of the Los Angeles date is due, and whether
-- the reference data is; always one row.
-- Due: from 03:05 Los Angeles time, when no run of the date has ended well or is RUNNING since less than two hours,
-- at most two have failed and the last failure is more than ten minutes old. Before 03:05 nothing is due, not for
-- yesterday either.
-- Exhausted: three failures, and no run of the date that ended well: nobody will start it again.
-- Reference data is due when its latest run did not end well or applied other content than is deployed now, and none
-- is RUNNING since less than two hours.
-- Read by: dispatch_daily_automation_at. Source: etl_job_runs, reference_data_digest.
CREATE OR REPLACE TABLE FUNCTION `eros_scheduling_brain.daily_run_state_at`(p_now TIMESTAMP)
RETURNS TABLE<
  --: Los Angeles date of p_now.
  execution_date DATE,
  --: Runs of the daily automation for that date that FAILED.
  failed_attempts INT64,
  --: TRUE when a run is to be started now: 03:05 Los Angeles time or later, none done or running, at most two failed,
  --: the last more than 10 minutes ago.
  is_due BOOL,
  --: TRUE from 03:05 Los Angeles time when three runs have failed and none has ended well.
  is_exhausted BOOL,
  --: TRUE when the deployed holidays and flags are not what was applied last, and no application is running.
  is_reference_data_due BOOL
>
OPTIONS(description="Los Angeles date of p_now, failed runs of the daily automation for it, whether it is due or given up, and whether reference data is due.")
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
    AND c.failed_attempts >= 3 AS is_exhausted,
  c.live_applications = 0
    AND COALESCE(c.last_application != c.last_application_of_this_content, TRUE) AS is_reference_data_due
FROM (
  SELECT
    COUNTIF(
      run.is_daily AND run.job_status IN ('SUCCESS', 'COMPLETED_WITH_ERRORS', 'COMPLETED_NO_WORK')
    ) AS completed_runs,
    COUNTIF(run.is_daily AND run.is_live) AS live_runs,
    COUNTIF(run.is_daily AND run.job_status = 'FAILED') AS failed_attempts,
    MAX(
      IF(run.is_daily AND run.job_status = 'FAILED', COALESCE(run.job_end_time, run.job_start_time), NULL)
    ) AS last_failure,
    COUNTIF(NOT run.is_daily AND run.is_live) AS live_applications,
    MAX(IF(run.is_daily, NULL, run.job_start_time)) AS last_application,
    MAX(
      IF(
        NOT run.is_daily AND run.job_status = 'SUCCESS' AND ENDS_WITH(run.job_id, content.digest),
        run.job_start_time,
        NULL
      )
    ) AS last_application_of_this_content
  FROM (
    SELECT
      r.job_id,
      r.job_status,
      r.job_start_time,
      r.job_end_time,
      r.job_name = 'daily_automation' AS is_daily,
      r.job_status = 'RUNNING' AND r.job_start_time >= TIMESTAMP_SUB(p_now, INTERVAL 2 HOUR) AS is_live
    FROM `eros_scheduling_brain.etl_job_runs` AS r
    WHERE
      r.job_name = 'apply_reference_data'
      OR (r.job_name = 'daily_automation' AND r.execution_date = DATE(p_now, 'America/Los_Angeles'))
  ) AS run
  CROSS JOIN `eros_scheduling_brain.reference_data_digest` AS content
) AS c;
