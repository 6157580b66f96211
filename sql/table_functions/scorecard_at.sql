-- How the platform does at p_now, one row an item: jobs on time, locks, open alerts, failures, caption pools, cost.
-- What never happened has failed: an age that is not known is FAIL, never a pass.
-- Read by: daily_report_at, for reports. Sources: etl_job_runs, active_caption_assignments, automation_alerts, pool_health,
-- cost_reports.
CREATE OR REPLACE TABLE FUNCTION `eros_scheduling_brain.scorecard_at`(p_now TIMESTAMP)
RETURNS TABLE<
  --: Place in the report.
  number INT64,
  --: What is looked at, for example daily_automation.
  item STRING,
  --: The figure: hours, rows or US dollars; null when there is none.
  value FLOAT64,
  --: Largest value that passes.
  threshold FLOAT64,
  --: PASS, WARN or FAIL.
  state STRING,
  --: The figure with its unit, for people.
  shown STRING
>
OPTIONS(description="Scorecard of the platform at p_now: jobs on time, locks, alerts, failures, pools and cost.")
AS
SELECT
  c.number,
  c.item,
  c.value,
  c.threshold,
  CASE
    WHEN c.value <= c.threshold THEN 'PASS'
    WHEN c.is_warning AND c.value IS NOT NULL THEN 'WARN'
    ELSE 'FAIL'
  END AS state,
  CASE c.unit
    WHEN 'h' THEN COALESCE(FORMAT('%.1f h ago', c.value), 'never')
    WHEN '$' THEN COALESCE(FORMAT('$%.2f', c.value), 'unknown')
    ELSE COALESCE(FORMAT('%.0f', c.value), 'unknown')
  END AS shown
FROM (
  WITH
    run AS (
      SELECT
        MAX(IF(r.job_name = 'daily_automation' AND r.is_good, r.job_start_time, NULL)) AS last_daily,
        MAX(IF(r.job_name = 'update_caption_performance' AND r.is_good, r.job_start_time, NULL)) AS last_feedback,
        MAX(IF(r.job_name = 'sweep_expired_caption_locks' AND r.is_good, r.job_start_time, NULL)) AS last_sweep,
        MAX(IF(r.job_name = 'backup_export' AND r.is_good, r.job_start_time, NULL)) AS last_backup,
        COUNTIF(r.job_status = 'FAILED') AS failed_runs
      FROM (
        SELECT
          etl.job_name,
          etl.job_status,
          etl.job_start_time,
          etl.job_status IN ('SUCCESS', 'COMPLETED_WITH_ERRORS', 'COMPLETED_NO_WORK') AS is_good
        FROM `eros_scheduling_brain.etl_job_runs` AS etl
        WHERE etl.job_start_time > TIMESTAMP_SUB(p_now, INTERVAL 7 * 24 HOUR) AND etl.job_start_time <= p_now
      ) AS r
    ),
    lock AS (
      SELECT COUNT(*) AS active_locks
      FROM `eros_scheduling_brain.active_caption_assignments` AS assignment
      WHERE assignment.is_active AND assignment.scheduled_send_date >= DATE(p_now, 'America/Los_Angeles')
    ),
    alert AS (
      SELECT COUNT(*) AS open_alerts
      FROM `eros_scheduling_brain.automation_alerts` AS a
      WHERE
        a.alert_time > TIMESTAMP_SUB(p_now, INTERVAL 24 HOUR)
        AND a.alert_time <= p_now
        AND a.alert_level = 'CRITICAL'
        AND NOT COALESCE(a.acknowledged, FALSE)
    ),
    pool AS (
      SELECT IF(COUNT(*) = 0, NULL, COUNTIF(p.status = 'CRITICAL')) AS small_pools
      FROM `eros_scheduling_brain.pool_health` AS p
      WHERE p.check_date = DATE(p_now, 'America/Los_Angeles')
    ),
    cost AS (
      SELECT
        MAX(IF(report.date = DATE(p_now, 'America/Los_Angeles'), report.estimated_cost_usd, NULL)) AS today,
        MAX(IF(report.date < DATE(p_now, 'America/Los_Angeles'), report.estimated_cost_usd, NULL)) AS yesterday
      FROM `eros_scheduling_brain.cost_reports` AS report
      WHERE
        report.date >= DATE_SUB(DATE(p_now, 'America/Los_Angeles'), INTERVAL 1 DAY)
        AND report.date <= DATE(p_now, 'America/Los_Angeles')
    )
  SELECT
    line.number,
    line.item,
    line.value,
    line.threshold,
    line.unit,
    line.is_warning
  FROM run
  CROSS JOIN lock
  CROSS JOIN alert
  CROSS JOIN pool
  CROSS JOIN cost
  CROSS JOIN UNNEST([
    STRUCT(
      1 AS number, 'daily_automation' AS item, TIMESTAMP_DIFF(p_now, run.last_daily, SECOND) / 3600 AS value, 28.0 AS threshold,
      'h' AS unit, FALSE AS is_warning
    ),
    STRUCT(2, 'caption_performance', TIMESTAMP_DIFF(p_now, run.last_feedback, SECOND) / 3600, 8.0, 'h', FALSE),
    STRUCT(3, 'lock_cleanup', TIMESTAMP_DIFF(p_now, run.last_sweep, SECOND) / 3600, 2.0, 'h', FALSE),
    STRUCT(4, 'backup', TIMESTAMP_DIFF(p_now, run.last_backup, SECOND) / 3600, 28.0, 'h', FALSE),
    STRUCT(5, 'active_locks', CAST(lock.active_locks AS FLOAT64), 10000.0, '', FALSE),
    STRUCT(6, 'open_critical_alerts_24h', CAST(alert.open_alerts AS FLOAT64), 0.0, '', FALSE),
    STRUCT(7, 'failed_runs_7d', CAST(run.failed_runs AS FLOAT64), 0.0, '', TRUE),
    STRUCT(8, 'critical_pools', CAST(pool.small_pools AS FLOAT64), 0.0, '', FALSE),
    STRUCT(9, 'cost_yesterday', CAST(cost.yesterday AS FLOAT64), 5.0, '$', TRUE),
    STRUCT(10, 'cost_today', CAST(cost.today AS FLOAT64), 5.0, '$', TRUE)
  ]) AS line
) AS c;
