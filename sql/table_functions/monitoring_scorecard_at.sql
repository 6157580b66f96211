-- The platform in six lines: PASS or FAIL against the limits of the alert rules.
-- What never ran, what is not there and a limit that no rule states are FAIL: a scorecard that passes on nothing hides that
-- nothing works.
-- Read by: monitoring_scorecard. Source: etl_job_runs, caption_bandit_stats, lock_sweep_log, active_caption_assignments,
-- automation_alerts, declared_alert_rules.
CREATE OR REPLACE TABLE FUNCTION `eros_scheduling_brain.monitoring_scorecard_at`(p_now TIMESTAMP)
RETURNS TABLE<
  --: Place in the report, from 1.
  position INT64,
  --: What is judged.
  check_name STRING,
  --: PASS at or below the limit, else FAIL; WARN in place of FAIL for failed job runs. Without a value or limit FAIL.
  state STRING,
  --: What was measured, in the unit; null for hours since something that never was.
  value FLOAT64,
  --: Highest value that passes: of the alert rule on the same signal, or 0.
  highest FLOAT64,
  --: hours ago, or what is counted.
  unit STRING
>
OPTIONS(description="Daily run, feedback, sweep, locks, unacknowledged critical alerts and failed runs against their limits: PASS, FAIL, WARN.")
AS
SELECT
  line.position,
  line.check_name,
  CASE
    WHEN COALESCE(line.value <= line.highest, FALSE) THEN 'PASS'
    WHEN line.value IS NOT NULL AND line.is_lenient THEN 'WARN'
    ELSE 'FAIL'
  END AS state,
  line.value,
  line.highest,
  line.unit
FROM (
  SELECT
    MAX(IF(r.job_name = 'daily_automation', r.job_start_time, NULL)) AS last_daily,
    COUNTIF(r.has_failed) AS failed_runs
  FROM (
    SELECT
      run.job_name,
      run.job_start_time,
      run.job_status = 'FAILED' AND run.job_start_time > TIMESTAMP_SUB(p_now, INTERVAL 7 DAY) AS has_failed
    FROM `eros_scheduling_brain.etl_job_runs` AS run
    WHERE run.job_start_time <= p_now
  ) AS r
) AS runs
CROSS JOIN (
  SELECT MIN(page.newest) AS stalest
  FROM (
    SELECT s.page_name, MAX(s.last_updated) AS newest
    FROM `eros_scheduling_brain.caption_bandit_stats` AS s
    WHERE s.last_updated <= p_now
    GROUP BY s.page_name
  ) AS page
) AS feedback
CROSS JOIN (
  SELECT MAX(log.sweep_time) AS last_sweep
  FROM `eros_scheduling_brain.lock_sweep_log` AS log
  WHERE log.sweep_time <= p_now
) AS sweeps
CROSS JOIN (
  SELECT COUNT(*) AS active
  FROM `eros_scheduling_brain.active_caption_assignments` AS a
  WHERE a.is_active AND a.scheduled_send_date >= DATE(p_now, 'America/Los_Angeles')
) AS locks
CROSS JOIN (
  SELECT COUNT(*) AS open_critical
  FROM `eros_scheduling_brain.automation_alerts` AS alert
  WHERE alert.alert_level = 'CRITICAL'
    AND NOT COALESCE(alert.acknowledged, FALSE)
    AND alert.alert_time > TIMESTAMP_SUB(p_now, INTERVAL 24 HOUR)
    AND alert.alert_time <= p_now
) AS alerts
CROSS JOIN (
  SELECT
    MIN(IF(rule.signal = 'daily_hours_since_start', rule.threshold, NULL)) AS daily_hours,
    MIN(IF(rule.signal = 'feedback_hours_stale', rule.threshold, NULL)) AS feedback_hours,
    MIN(IF(rule.signal = 'sweep_hours_since', rule.threshold, NULL)) AS sweep_hours,
    MIN(IF(rule.signal = 'active_locks' AND rule.level = 'CRITICAL', rule.threshold, NULL)) AS most_locks
  FROM `eros_scheduling_brain.declared_alert_rules` AS rule
) AS limits
CROSS JOIN UNNEST(ARRAY<STRUCT<
  position INT64, check_name STRING, value FLOAT64, highest FLOAT64, unit STRING, is_lenient BOOL
>>[
  (
    1, 'daily automation started',
    TIMESTAMP_DIFF(p_now, runs.last_daily, SECOND) / 3600, limits.daily_hours, 'hours ago', FALSE
  ),
  (
    2, 'caption statistics of the stalest page written',
    TIMESTAMP_DIFF(p_now, feedback.stalest, SECOND) / 3600, limits.feedback_hours, 'hours ago', FALSE
  ),
  (3, 'locks swept', TIMESTAMP_DIFF(p_now, sweeps.last_sweep, SECOND) / 3600, limits.sweep_hours, 'hours ago', FALSE),
  (4, 'active locks', locks.active, limits.most_locks, 'locks', FALSE),
  (5, 'critical alerts of 24 hours that nobody acknowledged', alerts.open_critical, 0.0, 'alerts', FALSE),
  (6, 'job runs of 7 days that failed', runs.failed_runs, 0.0, 'runs', TRUE)
]) AS line;
