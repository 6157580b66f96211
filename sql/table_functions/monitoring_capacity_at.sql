-- How far the platform is from the sizes that it is planned for.
-- Read by: monitoring_capacity. Source: active_creators, caption_bank, active_caption_assignments, etl_job_runs,
-- declared_alert_rules.
CREATE OR REPLACE TABLE FUNCTION `eros_scheduling_brain.monitoring_capacity_at`(p_now TIMESTAMP)
RETURNS TABLE<
  --: Place in the report, from 1.
  position INT64,
  --: What is measured.
  measure STRING,
  --: OK, WARNING or CRITICAL against the two sizes; UNKNOWN where nothing was there to measure.
  state STRING,
  --: What was measured, in the unit; null where nothing was there.
  value FLOAT64,
  --: Size that it is planned for: more is WARNING.
  planned FLOAT64,
  --: Size that it must stay below: more is CRITICAL. Of locks and run time that of the alert rules.
  most FLOAT64,
  --: 100 * value / most.
  used_pct FLOAT64,
  --: creators, captions, locks or minutes.
  unit STRING
>
OPTIONS(description="Creators, captions a creator, active locks and run time against the sizes that the platform is planned for.")
AS
SELECT
  line.position,
  line.measure,
  CASE
    WHEN line.value IS NULL OR line.most IS NULL THEN 'UNKNOWN'
    WHEN line.value > line.most THEN 'CRITICAL'
    WHEN line.value > line.planned THEN 'WARNING'
    ELSE 'OK'
  END AS state,
  line.value,
  line.planned,
  line.most,
  SAFE_DIVIDE(100 * line.value, line.most) AS used_pct,
  line.unit
FROM (
  SELECT NULLIF(COUNT(DISTINCT LOWER(TRIM(creator.page_name))), 0) AS pages
  FROM `eros_scheduling_brain.active_creators` AS creator
  WHERE TRIM(creator.page_name) != ''
) AS creators
CROSS JOIN (
  SELECT NULLIF(COUNT(*), 0) AS captions
  FROM `eros_scheduling_brain.caption_bank` AS b
) AS bank
CROSS JOIN (
  SELECT COUNT(*) AS active
  FROM `eros_scheduling_brain.active_caption_assignments` AS a
  WHERE a.is_active AND a.scheduled_send_date >= DATE(p_now, 'America/Los_Angeles')
) AS locks
CROSS JOIN (
  SELECT MAX(run.job_duration_seconds) / 60 AS longest_minutes
  FROM `eros_scheduling_brain.etl_job_runs` AS run
  WHERE run.job_name = 'daily_automation'
    AND run.job_status IN ('SUCCESS', 'COMPLETED_WITH_ERRORS')
    AND run.job_start_time > TIMESTAMP_SUB(p_now, INTERVAL 7 DAY)
    AND run.job_start_time <= p_now
) AS runs
CROSS JOIN (
  SELECT
    MIN(IF(rule.signal = 'active_locks' AND rule.level = 'CRITICAL', rule.threshold, NULL)) AS most_locks,
    MIN(IF(rule.signal = 'daily_mean_seconds_24h', rule.threshold, NULL)) / 60 AS most_minutes
  FROM `eros_scheduling_brain.declared_alert_rules` AS rule
) AS limits
CROSS JOIN UNNEST(ARRAY<STRUCT<
  position INT64, measure STRING, value FLOAT64, planned FLOAT64, most FLOAT64, unit STRING
>>[
  (1, 'creators under contract', creators.pages, 100.0, 500.0, 'creators'),
  (2, 'captions in the bank a creator', SAFE_DIVIDE(bank.captions, creators.pages), 10000.0, 50000.0, 'captions'),
  (3, 'active locks', locks.active, 3000.0, limits.most_locks, 'locks'),
  (4, 'longest daily run of 7 days', runs.longest_minutes, 5.0, limits.most_minutes, 'minutes')
]) AS line;
