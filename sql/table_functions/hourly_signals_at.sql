-- What source, queue, pauses and job runs say of the platform's health at p_now.
-- Of an age the start is told; whoever reads it later computes the age, so that it goes on while it is carried.
-- Pauses have a row a schedule, and one waiting row when nothing is paused.
-- feedback_hours_stale counts from the last run of the feedback that succeeded: it renews every row of every page, and
-- stale_pages, which is measured once a day, tells of pages that it did not.
-- failed_selections are runs of the job caption_selection, which the schedule builder records.
-- Read by: run_health_check_at. Source: mass_messages, schedule_generation_queue, schedule_pauses, etl_job_runs.
CREATE OR REPLACE TABLE FUNCTION `eros_scheduling_brain.hourly_signals_at`(p_now TIMESTAMP)
RETURNS TABLE<
  --: What was measured.
  signal STRING,
  --: Schedule that it is of; empty for the whole platform.
  subject STRING,
  --: Value in the signal's unit; null for ages, and where nothing is there.
  value FLOAT64,
  --: Start of an age; null when there is none, and for all that is no age.
  since TIMESTAMP,
  --: What else a text may say, as key=value|key=value.
  details STRING,
  --: TRUE where the writer has not run yet, or nothing is there to measure.
  is_waiting BOOL
>
OPTIONS(description="Ages of source, statistics and daily run, queue, selections and pauses, one row a signal and subject.")
AS
SELECT
  'source_hours_stale' AS signal,
  '' AS subject,
  CAST(NULL AS FLOAT64) AS value,
  MAX(sent.sending_time) AS since,
  '' AS details,
  FALSE AS is_waiting
FROM `eros_scheduling_brain.mass_messages` AS sent
WHERE sent.sending_time > TIMESTAMP_SUB(p_now, INTERVAL 14 DAY) AND sent.sending_time <= p_now
UNION ALL
SELECT
  measure.signal,
  '' AS subject,
  CAST(measure.value AS FLOAT64) AS value,
  measure.since,
  measure.details,
  measure.is_waiting
FROM (
  SELECT
    MIN(IF(pending.is_open, pending.waiting_since, NULL)) AS waiting_since,
    COUNTIF(pending.is_open) AS waiting,
    COUNTIF(pending.status = 'FAILED' AND pending.closed_at > TIMESTAMP_SUB(p_now, INTERVAL 24 HOUR)) AS failed,
    COALESCE(LOGICAL_OR(pending.attempts > 0), FALSE) AS has_builder
  FROM (
    SELECT
      queue.status,
      queue.attempts,
      COALESCE(queue.processed_at, queue.queued_at) AS closed_at,
      -- A claimed page waits again once its lease has ended.
      queue.status = 'PENDING'
        OR (queue.status = 'PROCESSING' AND COALESCE(queue.lease_expires_at, queue.queued_at) < p_now) AS is_open,
      queue.queued_at AS waiting_since
    FROM `eros_scheduling_brain.schedule_generation_queue` AS queue
  ) AS pending
) AS queued
CROSS JOIN UNNEST([
  STRUCT(
    'queue_hours_waiting' AS signal,
    IF(queued.waiting = 0, 0, NULL) AS value,
    queued.waiting_since AS since,
    CONCAT('waiting=', CAST(queued.waiting AS STRING)) AS details,
    NOT queued.has_builder AS is_waiting
  ),
  STRUCT('failed_generations_24h', queued.failed, CAST(NULL AS TIMESTAMP), '', FALSE)
]) AS measure
UNION ALL
SELECT
  measure.signal,
  '' AS subject,
  CAST(measure.value AS FLOAT64) AS value,
  measure.since,
  '' AS details,
  FALSE AS is_waiting
FROM (
  SELECT
    COUNTIF(run.is_failed_selection AND run.job_start_time > TIMESTAMP_SUB(p_now, INTERVAL 24 HOUR)) AS failed_24h,
    COUNTIF(run.is_failed_selection AND run.job_start_time > TIMESTAMP_SUB(p_now, INTERVAL 1 HOUR)) AS failed_1h,
    MAX(IF(run.is_daily, run.job_start_time, NULL)) AS daily_started_at,
    MAX(IF(run.is_good_feedback, run.job_start_time, NULL)) AS feedback_at
  FROM (
    SELECT
      r.job_start_time,
      r.job_name = 'daily_automation' AS is_daily,
      r.job_name = 'update_caption_performance' AND r.job_status = 'SUCCESS' AS is_good_feedback,
      r.job_name = 'caption_selection' AND r.job_status = 'FAILED' AS is_failed_selection
    FROM `eros_scheduling_brain.etl_job_runs` AS r
    WHERE r.job_start_time <= p_now
  ) AS run
) AS runs
CROSS JOIN UNNEST([
  STRUCT('failed_selections_24h' AS signal, runs.failed_24h AS value, CAST(NULL AS TIMESTAMP) AS since),
  STRUCT('failed_selections_1h', runs.failed_1h, NULL),
  STRUCT('daily_hours_since_start', NULL, runs.daily_started_at),
  STRUCT('feedback_hours_stale', NULL, runs.feedback_at)
]) AS measure
UNION ALL
SELECT
  'pause_hours_over' AS signal,
  COALESCE(pause.name, '') AS subject,
  CAST(NULL AS FLOAT64) AS value,
  pause.planned_until AS since,
  CONCAT('paused_by=', REPLACE(COALESCE(pause.paused_by, 'somebody'), '|', ' ')) AS details,
  pause.name IS NULL AS is_waiting
FROM UNNEST([1]) AS always
LEFT JOIN (
  SELECT
    stopped.schedule_name AS name,
    MIN(stopped.planned_until) AS planned_until,
    MIN_BY(stopped.paused_by, stopped.planned_until) AS paused_by
  FROM `eros_scheduling_brain.schedule_pauses` AS stopped
  WHERE stopped.resumed_at IS NULL AND stopped.paused_at <= p_now
  GROUP BY stopped.schedule_name
) AS pause ON TRUE;
