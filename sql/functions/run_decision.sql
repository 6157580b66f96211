-- What the dispatcher does at p_now about one job: START, GIVE_UP or WAIT. It goes by the runs of the job for the date
-- (or month) at hand and by nothing else, so every instant of years can be put to it in one query.
-- START: it is p_due_from or later, no run ended well, none is RUNNING since less than two hours, at most p_retries have
-- FAILED, the last of them more than p_rest_seconds ago. GIVE_UP: more have failed, and none ended well.
-- Read by: dispatch_state_at.
CREATE OR REPLACE FUNCTION `eros_scheduling_brain.run_decision`(
  p_now TIMESTAMP,
  p_due_from TIMESTAMP,
  p_retries INT64,
  p_rest_seconds INT64,
  p_runs ARRAY<STRUCT<job_status STRING, job_start_time TIMESTAMP, job_end_time TIMESTAMP>>
)
RETURNS STRING
OPTIONS(description="START, GIVE_UP or WAIT: what is done about a job at p_now, by its runs so far.")
AS (
  (
    SELECT
      CASE
        WHEN p_now < p_due_from THEN 'WAIT'
        WHEN c.completed > 0 THEN 'WAIT'
        WHEN c.failed > p_retries THEN 'GIVE_UP'
        WHEN c.last_running >= TIMESTAMP_SUB(p_now, INTERVAL 2 HOUR) THEN 'WAIT'
        WHEN c.last_failure >= TIMESTAMP_SUB(p_now, INTERVAL p_rest_seconds SECOND) THEN 'WAIT'
        ELSE 'START'
      END
    FROM (
      SELECT
        COUNTIF(run.job_status IN ('SUCCESS', 'COMPLETED_WITH_ERRORS', 'COMPLETED_NO_WORK')) AS completed,
        COUNTIF(run.job_status = 'FAILED') AS failed,
        MAX(IF(run.job_status = 'RUNNING', run.job_start_time, NULL)) AS last_running,
        MAX(IF(run.job_status = 'FAILED', COALESCE(run.job_end_time, run.job_start_time), NULL)) AS last_failure
      FROM UNNEST(p_runs) AS run
    ) AS c
  )
);
