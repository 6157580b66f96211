-- What the lock sweeps did on each of the last seven Los Angeles dates. A date without one is a row: nothing was swept.
-- Fifty locks a sweep are usual; from which number it is unusual the alert rule says.
-- Read by: monitoring_sweep_efficiency. Source: lock_sweep_log, declared_alert_rules.
CREATE OR REPLACE TABLE FUNCTION `eros_scheduling_brain.monitoring_sweep_efficiency_at`(p_now TIMESTAMP)
RETURNS TABLE<
  --: Los Angeles date, one of the seven up to that of p_now.
  day DATE,
  --: HIGH_VOLUME above the mean of the alert rule on cleaned_locks_mean_6h, MODERATE above 50, NORMAL, or NO_SWEEP.
  state STRING,
  --: Sweeps that ended on that date.
  sweeps INT64,
  --: Locks that they closed.
  locks_cleaned INT64,
  --: Locks a sweep; null without one.
  avg_cleaned FLOAT64,
  --: Most locks of a sweep; null without one.
  max_cleaned INT64,
  --: Mean duration in seconds; null without one.
  avg_seconds FLOAT64
>
OPTIONS(description="Lock sweeps by Los Angeles date over 7 days: how many, locks closed, durations; NO_SWEEP where none ran.")
AS
SELECT
  c.day,
  CASE
    WHEN c.sweeps = 0 THEN 'NO_SWEEP'
    WHEN c.avg_cleaned > c.high_volume THEN 'HIGH_VOLUME'
    WHEN c.avg_cleaned > 50 THEN 'MODERATE'
    ELSE 'NORMAL'
  END AS state,
  c.sweeps,
  c.locks_cleaned,
  c.avg_cleaned,
  c.max_cleaned,
  c.avg_seconds
FROM (
  SELECT
    day,
    COALESCE(swept.sweeps, 0) AS sweeps,
    COALESCE(swept.locks_cleaned, 0) AS locks_cleaned,
    swept.avg_cleaned,
    swept.max_cleaned,
    swept.avg_seconds,
    limits.high_volume
  FROM UNNEST(GENERATE_DATE_ARRAY(
    DATE_SUB(DATE(p_now, 'America/Los_Angeles'), INTERVAL 6 DAY), DATE(p_now, 'America/Los_Angeles')
  )) AS day
  LEFT JOIN (
    SELECT
      DATE(log.sweep_time, 'America/Los_Angeles') AS swept_on,
      COUNT(*) AS sweeps,
      SUM(log.total_locks_cleaned) AS locks_cleaned,
      AVG(log.total_locks_cleaned) AS avg_cleaned,
      MAX(log.total_locks_cleaned) AS max_cleaned,
      AVG(log.sweep_duration_seconds) AS avg_seconds
    FROM `eros_scheduling_brain.lock_sweep_log` AS log
    WHERE log.sweep_time
        >= TIMESTAMP(DATE_SUB(DATE(p_now, 'America/Los_Angeles'), INTERVAL 6 DAY), 'America/Los_Angeles')
      AND log.sweep_time <= p_now
    GROUP BY DATE(log.sweep_time, 'America/Los_Angeles')
  ) AS swept ON swept.swept_on = day
  CROSS JOIN (
    SELECT MIN(rule.threshold) AS high_volume
    FROM `eros_scheduling_brain.declared_alert_rules` AS rule
    WHERE rule.signal = 'cleaned_locks_mean_6h'
  ) AS limits
) AS c;
