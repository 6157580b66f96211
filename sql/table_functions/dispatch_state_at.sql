-- What the jobs' runs leave to do at p_now: always one row.
-- Each job of dispatched_jobs is judged by run_decision: one of a DAY by the runs of the Los Angeles date, one of a
-- MONTH by those of the month (of the failed ones only today's: a month's job that was given up is tried again the next
-- day), one that is only repeated by its runs of the last 24 hours since one ended well, and only if there are any.
-- Before its time of day nothing is due, not for yesterday either.
-- Reference data is due when its latest run did not end well or applied other content than is deployed now, and none
-- is RUNNING since less than two hours.
-- Read by: dispatch_daily_automation_at. Source: etl_job_runs, dispatched_jobs, reference_data_digest.
CREATE OR REPLACE TABLE FUNCTION `eros_scheduling_brain.dispatch_state_at`(p_now TIMESTAMP)
RETURNS TABLE<
  --: Los Angeles date of p_now.
  execution_date DATE,
  --: Runs of the daily automation for that date that FAILED.
  failed_attempts INT64,
  --: Jobs to start now, by name; empty when there is none.
  due_jobs ARRAY<STRING>,
  --: Jobs of the day or month that have failed too often, by name; empty when there is none.
  given_up_jobs ARRAY<STRING>,
  --: TRUE when the deployed holidays and flags are not what was applied last, and no application is running.
  is_reference_data_due BOOL,
  --: TRUE when a run of any job has been RUNNING for more than two hours: it died without closing itself.
  has_dead_run BOOL
>
OPTIONS(description="Los Angeles date of p_now, the jobs to start now, those given up, and whether reference data is due.")
AS
SELECT
  DATE(p_now, 'America/Los_Angeles') AS execution_date,
  c.failed_attempts,
  c.due_jobs,
  c.given_up_jobs,
  c.live_applications = 0
    AND COALESCE(c.last_application != c.last_application_of_this_content, TRUE) AS is_reference_data_due,
  c.dead_runs > 0 AS has_dead_run
FROM (
  WITH
    run AS (
      SELECT
        r.job_id,
        r.job_name,
        r.job_status,
        r.job_start_time,
        r.job_end_time,
        r.execution_date = DATE(p_now, 'America/Los_Angeles') AS is_of_date,
        r.execution_date = DATE_TRUNC(DATE(p_now, 'America/Los_Angeles'), MONTH)
          AND (
            r.job_status != 'FAILED'
            OR DATE(r.job_start_time, 'America/Los_Angeles') = DATE(p_now, 'America/Los_Angeles')
          ) AS is_of_month,
        r.job_start_time > TIMESTAMP_SUB(p_now, INTERVAL 24 HOUR)
          AND r.job_start_time <= p_now
          AND COALESCE(r.job_start_time > r.last_good_start, TRUE) AS is_latest
      FROM (
        SELECT
          etl.job_id,
          etl.job_name,
          etl.job_status,
          etl.job_start_time,
          etl.job_end_time,
          etl.execution_date,
          MAX(
            IF(etl.job_status IN ('SUCCESS', 'COMPLETED_WITH_ERRORS', 'COMPLETED_NO_WORK'), etl.job_start_time, NULL)
          ) OVER (PARTITION BY etl.job_name) AS last_good_start
        FROM `eros_scheduling_brain.etl_job_runs` AS etl
      ) AS r
    ),
    job AS (
      SELECT
        listed.job_name,
        listed.cadence,
        listed.retries,
        listed.rest_seconds,
        CASE listed.cadence
          WHEN 'DAY'
            THEN TIMESTAMP(DATETIME(DATE(p_now, 'America/Los_Angeles'), listed.due_at), 'America/Los_Angeles')
          WHEN 'MONTH'
            THEN TIMESTAMP(
              DATETIME(DATE_TRUNC(DATE(p_now, 'America/Los_Angeles'), MONTH), listed.due_at), 'America/Los_Angeles'
            )
          ELSE p_now
        END AS due_from
      FROM `eros_scheduling_brain.dispatched_jobs` AS listed
    ),
    judged AS (
      SELECT
        job.job_name,
        job.cadence,
        job.retries,
        job.rest_seconds,
        job.due_from,
        COUNTIF(run.job_status = 'FAILED') AS failures,
        ARRAY_AGG(
          IF(
            run.job_id IS NULL,
            NULL,
            STRUCT(
              run.job_status AS job_status, run.job_start_time AS job_start_time, run.job_end_time AS job_end_time
            )
          )
          IGNORE NULLS
        ) AS runs
      FROM job
      LEFT JOIN run
        ON run.job_name = job.job_name
        AND CASE job.cadence WHEN 'DAY' THEN run.is_of_date WHEN 'MONTH' THEN run.is_of_month ELSE run.is_latest END
      GROUP BY job.job_name, job.cadence, job.retries, job.rest_seconds, job.due_from
    ),
    decided AS (
      SELECT
        judged.job_name,
        judged.cadence,
        judged.failures,
        `eros_scheduling_brain.run_decision`(
          p_now, judged.due_from, judged.retries, judged.rest_seconds, judged.runs
        ) AS decision
      FROM judged
    )
  SELECT
    dispatched.failed_attempts,
    dispatched.due_jobs,
    dispatched.given_up_jobs,
    others.live_applications,
    others.last_application,
    others.last_application_of_this_content,
    others.dead_runs
  FROM (
    SELECT
      MAX(IF(decided.job_name = 'daily_automation', decided.failures, NULL)) AS failed_attempts,
      COALESCE(
        ARRAY_AGG(
          IF(
            decided.decision = 'START' AND (decided.cadence != 'RETRY' OR decided.failures > 0), decided.job_name, NULL
          )
          IGNORE NULLS
          ORDER BY decided.job_name
        ),
        CAST([] AS ARRAY<STRING>)
      ) AS due_jobs,
      COALESCE(
        ARRAY_AGG(
          IF(decided.decision = 'GIVE_UP' AND decided.cadence != 'RETRY', decided.job_name, NULL)
          IGNORE NULLS
          ORDER BY decided.job_name
        ),
        CAST([] AS ARRAY<STRING>)
      ) AS given_up_jobs
    FROM decided
  ) AS dispatched
  CROSS JOIN (
    SELECT
      COUNTIF(
        run.job_name = 'apply_reference_data'
        AND run.job_status = 'RUNNING'
        AND run.job_start_time >= TIMESTAMP_SUB(p_now, INTERVAL 2 HOUR)
      ) AS live_applications,
      MAX(IF(run.job_name = 'apply_reference_data', run.job_start_time, NULL)) AS last_application,
      MAX(
        IF(
          run.job_name = 'apply_reference_data'
          AND run.job_status = 'SUCCESS'
          AND ENDS_WITH(run.job_id, content.digest),
          run.job_start_time,
          NULL
        )
      ) AS last_application_of_this_content,
      COUNTIF(
        run.job_status = 'RUNNING' AND run.job_start_time < TIMESTAMP_SUB(p_now, INTERVAL 2 HOUR)
      ) AS dead_runs
    FROM `eros_scheduling_brain.reference_data_digest` AS content
    LEFT JOIN run ON TRUE
  ) AS others
) AS c;
