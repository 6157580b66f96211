-- What the job runs say at p_now: failures, ages of the last runs, durations, and runs that do not end.
-- Ages of what never ran are null. A job that does not run now has one waiting row. The restore drill, once a month, is as
-- old as its last success, or as the oldest backup while none has succeeded.
-- Read by: alert_signals_at. Source: etl_job_runs.
CREATE OR REPLACE TABLE FUNCTION `eros_scheduling_brain.job_signals_at`(p_now TIMESTAMP)
RETURNS TABLE<
  --: What was measured.
  signal STRING,
  --: Always empty: jobs have signals of their own.
  subject STRING,
  --: Value in the signal's unit; null for an age of what never ran.
  value FLOAT64,
  --: Always null: ages are computed.
  since TIMESTAMP,
  --: What else a text may say, as key=value|key=value.
  details STRING,
  --: TRUE for the restore drill until there is a backup, and for jobs that do not run now.
  is_waiting BOOL
>
OPTIONS(description="Failures, ages, durations and unfinished runs of the jobs, one row a signal.")
AS
SELECT
  measure.signal,
  '' AS subject,
  measure.value,
  CAST(NULL AS TIMESTAMP) AS since,
  measure.details,
  measure.is_waiting
FROM (
  SELECT
    COUNTIF(run.is_daily AND run.job_status = 'FAILED' AND run.ended_at > TIMESTAMP_SUB(p_now, INTERVAL 2 HOUR))
      AS failed_2h,
    MAX_BY(run.job_id, IF(run.is_daily AND run.job_status = 'FAILED', run.ended_at, NULL)) AS failed_job,
    MAX_BY(run.problem, IF(run.is_daily AND run.job_status = 'FAILED', run.ended_at, NULL)) AS problem,
    COUNTIF(
      run.is_daily AND run.job_status = 'SUCCESS' AND run.ended_at > TIMESTAMP_SUB(p_now, INTERVAL 1 HOUR)
    ) AS daily_successes,
    MAX_BY(run.job_id, IF(run.is_daily AND run.job_status = 'SUCCESS', run.ended_at, NULL)) AS good_job,
    MAX_BY(run.job_duration_seconds, IF(run.is_daily AND run.job_status = 'SUCCESS', run.ended_at, NULL))
      AS good_seconds,
    MAX_BY(run.creators_processed, IF(run.is_daily AND run.job_status = 'SUCCESS', run.ended_at, NULL))
      AS good_pages,
    AVG(IF(run.is_daily AND run.is_of_24h, run.job_duration_seconds, NULL)) AS mean_seconds,
    MAX(IF(run.is_daily AND run.is_of_24h, run.job_duration_seconds, NULL)) AS longest_seconds,
    SUM(IF(run.is_daily AND run.is_of_24h, COALESCE(run.creators_failed, 0), 0)) AS pages_failed,
    SUM(IF(run.is_daily AND run.is_of_24h, COALESCE(run.creators_processed, 0), 0)) AS pages_processed,
    AVG(
      IF(
        run.is_sweep AND run.job_status = 'SUCCESS' AND run.job_start_time > TIMESTAMP_SUB(p_now, INTERVAL 6 HOUR),
        run.records_processed,
        NULL
      )
    ) AS mean_cleaned,
    MAX(IF(run.is_sweep AND run.job_status = 'SUCCESS', run.job_start_time, NULL)) AS swept_at,
    MIN(IF(run.is_running AND run.is_feedback, run.job_start_time, NULL)) AS feedback_running,
    MIN_BY(run.job_id, IF(run.is_running AND run.is_feedback, run.job_start_time, NULL)) AS feedback_job,
    MIN(IF(run.is_running AND run.is_daily, run.job_start_time, NULL)) AS daily_running,
    MIN_BY(run.job_id, IF(run.is_running AND run.is_daily, run.job_start_time, NULL)) AS daily_job,
    MIN(IF(run.is_running AND run.is_sweep, run.job_start_time, NULL)) AS sweep_running,
    MIN_BY(run.job_id, IF(run.is_running AND run.is_sweep, run.job_start_time, NULL)) AS sweep_job,
    MIN(IF(run.is_running AND run.is_other, run.job_start_time, NULL)) AS other_running,
    MIN_BY(run.job_id, IF(run.is_running AND run.is_other, run.job_start_time, NULL)) AS other_job,
    COALESCE(
      MAX(IF(run.job_name = 'restore_drill' AND run.job_status = 'SUCCESS', run.job_start_time, NULL)),
      MIN(IF(run.job_name = 'backup_export' AND run.job_status = 'SUCCESS', run.job_start_time, NULL))
    ) AS drilled_at
  FROM (
    SELECT
      r.job_id,
      r.job_name,
      r.job_status,
      r.job_start_time,
      r.job_duration_seconds,
      r.creators_processed,
      r.creators_failed,
      r.records_processed,
      SUBSTR(REGEXP_REPLACE(COALESCE(r.error_message, 'none'), r'[|\r\n]+', ' '), 1, 150) AS problem,
      COALESCE(r.job_end_time, r.job_start_time) AS ended_at,
      r.job_start_time > TIMESTAMP_SUB(p_now, INTERVAL 24 HOUR) AS is_of_24h,
      r.job_status = 'RUNNING' AS is_running,
      r.job_name = 'daily_automation' AS is_daily,
      r.job_name = 'sweep_expired_caption_locks' AS is_sweep,
      r.job_name = 'update_caption_performance' AS is_feedback,
      r.job_name NOT IN ('daily_automation', 'sweep_expired_caption_locks', 'update_caption_performance') AS is_other
    FROM `eros_scheduling_brain.etl_job_runs` AS r
    WHERE r.job_start_time <= p_now
  ) AS run
) AS seen
CROSS JOIN UNNEST([
  STRUCT(
    'failed_daily_runs_2h' AS signal,
    CAST(seen.failed_2h AS FLOAT64) AS value,
    CONCAT('job_id=', COALESCE(seen.failed_job, 'none'), '|error=', COALESCE(seen.problem, 'none')) AS details,
    FALSE AS is_waiting
  ),
  STRUCT(
    'daily_successes_1h',
    CAST(seen.daily_successes AS FLOAT64),
    CONCAT(
      'job_id=', COALESCE(seen.good_job, 'none'),
      '|duration_seconds=', `eros_scheduling_brain.plain_number`(COALESCE(seen.good_seconds, 0)),
      '|creators_processed=', CAST(COALESCE(seen.good_pages, 0) AS STRING)
    ),
    FALSE
  ),
  STRUCT(
    'daily_mean_seconds_24h',
    COALESCE(seen.mean_seconds, 0),
    CONCAT(
      'avg_duration=', `eros_scheduling_brain.plain_number`(COALESCE(seen.mean_seconds, 0)),
      '|max_duration=', `eros_scheduling_brain.plain_number`(COALESCE(seen.longest_seconds, 0))
    ),
    FALSE
  ),
  STRUCT(
    'failed_page_percent_24h',
    COALESCE(100 * SAFE_DIVIDE(seen.pages_failed, seen.pages_failed + seen.pages_processed), 0),
    CONCAT(
      'failure_rate=',
      `eros_scheduling_brain.plain_number`(
        COALESCE(100 * SAFE_DIVIDE(seen.pages_failed, seen.pages_failed + seen.pages_processed), 0)
      ),
      '|total_failed=', CAST(COALESCE(seen.pages_failed, 0) AS STRING),
      '|total_processed=', CAST(COALESCE(seen.pages_processed, 0) AS STRING)
    ),
    FALSE
  ),
  STRUCT(
    'cleaned_locks_mean_6h',
    COALESCE(seen.mean_cleaned, 0),
    CONCAT('avg_cleaned=', `eros_scheduling_brain.plain_number`(COALESCE(seen.mean_cleaned, 0))),
    FALSE
  ),
  STRUCT('sweep_hours_since', TIMESTAMP_DIFF(p_now, seen.swept_at, SECOND) / 3600, '', FALSE),
  STRUCT(
    'feedback_running_minutes',
    TIMESTAMP_DIFF(p_now, seen.feedback_running, SECOND) / 60,
    CONCAT('job_id=', COALESCE(seen.feedback_job, 'none')),
    seen.feedback_running IS NULL
  ),
  STRUCT(
    'daily_running_minutes',
    TIMESTAMP_DIFF(p_now, seen.daily_running, SECOND) / 60,
    CONCAT('job_id=', COALESCE(seen.daily_job, 'none')),
    seen.daily_running IS NULL
  ),
  STRUCT(
    'sweep_running_minutes',
    TIMESTAMP_DIFF(p_now, seen.sweep_running, SECOND) / 60,
    CONCAT('job_id=', COALESCE(seen.sweep_job, 'none')),
    seen.sweep_running IS NULL
  ),
  STRUCT(
    'other_running_minutes',
    TIMESTAMP_DIFF(p_now, seen.other_running, SECOND) / 60,
    CONCAT('job_id=', COALESCE(seen.other_job, 'none')),
    seen.other_running IS NULL
  ),
  STRUCT(
    'restore_drill_days_since', TIMESTAMP_DIFF(p_now, seen.drilled_at, SECOND) / 86400, '', seen.drilled_at IS NULL
  )
]) AS measure;
