-- All signals at p_now: those of the newest health check, those of the job runs, and the health score.
-- A health check counts for two and a half hours. Without one its signals have no row, and the health score no value: system_health
-- tells of that, and not each rule for itself. Ages go on since they were measured.
-- Read by: evaluate_alerts_at. Source: health_checks, etl_job_runs.
CREATE OR REPLACE TABLE FUNCTION `eros_scheduling_brain.alert_signals_at`(p_now TIMESTAMP)
RETURNS TABLE<
  --: What was measured, as in declared_alert_rules.
  signal STRING,
  --: Page or schedule that it is of; empty for the whole platform.
  subject STRING,
  --: Value in the signal's unit, ages as of p_now; null for an age of what never was.
  value FLOAT64,
  --: What else a text may say, as key=value|key=value.
  details STRING,
  --: TRUE where the writer has not run yet, or nothing is there to measure.
  is_waiting BOOL
>
OPTIONS(description="Every signal that alert rules compare with thresholds, one row a signal and subject.")
AS
SELECT
  a.signal,
  a.subject,
  a.value,
  CONCAT(
    COALESCE(a.details, ''),
    '|hours_since=', `eros_scheduling_brain.plain_number`(a.value),
    '|hours_stale=', `eros_scheduling_brain.plain_number`(a.value)
  ) AS details,
  COALESCE(a.is_waiting, FALSE) AS is_waiting
FROM (
  WITH
    newest AS (
      SELECT checked.health_score, checked.status, checked.signals
      FROM `eros_scheduling_brain.health_checks` AS checked
      WHERE checked.check_time > TIMESTAMP_SUB(p_now, INTERVAL 150 MINUTE) AND checked.check_time <= p_now
      QUALIFY ROW_NUMBER() OVER (ORDER BY checked.check_time DESC) = 1
    ),
    measured AS (
      SELECT part.signal, part.subject, part.value, part.since, part.details, part.is_waiting
      FROM newest
      CROSS JOIN UNNEST(newest.signals) AS part
      UNION ALL
      SELECT job.signal, job.subject, job.value, job.since, job.details, job.is_waiting
      FROM `eros_scheduling_brain.job_signals_at`(p_now) AS job
      UNION ALL
      SELECT
        'health_score' AS signal,
        '' AS subject,
        CAST(MAX(newest.health_score) AS FLOAT64) AS value,
        CAST(NULL AS TIMESTAMP) AS since,
        CONCAT('status=', COALESCE(MAX(newest.status), 'no health check')) AS details,
        FALSE AS is_waiting
      FROM newest
    )
  SELECT
    m.signal,
    COALESCE(m.subject, '') AS subject,
    COALESCE(m.value, TIMESTAMP_DIFF(p_now, m.since, SECOND) / 3600) AS value,
    m.details,
    m.is_waiting
  FROM measured AS m
) AS a;
