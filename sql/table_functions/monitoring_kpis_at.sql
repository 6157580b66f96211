-- The platform's goals and how far they are met. A goal of which nothing is known is UNKNOWN, never OK.
-- From what the platform has stored, so that asking is cheap and needs no right to the project's jobs.
-- Read by: monitoring_kpis. Source: health_check_coverage_at, health_checks, cost_reports, deployments,
-- schedule_recommendations, schedule_generation_queue, schedule_export_log, automation_alerts.
CREATE OR REPLACE TABLE FUNCTION `eros_scheduling_brain.monitoring_kpis_at`(p_now TIMESTAMP)
RETURNS TABLE<
  --: Place in the report, from 1.
  position INT64,
  --: What is measured.
  name STRING,
  --: OK when the target is met, MISSED, or UNKNOWN without a value.
  state STRING,
  --: What was measured, in the unit; null when nothing was there to measure.
  value FLOAT64,
  --: Target in the unit: value must be above or below it, as comparison says.
  target FLOAT64,
  --: '>', '>=' or '<': how value must stand to target.
  comparison STRING,
  --: Unit of value and target.
  unit STRING,
  --: Of which time, and of how many (in brackets) where the value is a share or a mean.
  measured_over STRING
>
OPTIONS(description="Goals of the platform with value, target and state: availability, health, speed, cost, deployments, schedules, alerts.")
AS
SELECT
  kpi.position,
  kpi.name,
  CASE
    WHEN kpi.value IS NULL THEN 'UNKNOWN'
    WHEN kpi.comparison = '>' AND kpi.value > kpi.target THEN 'OK'
    WHEN kpi.comparison = '>=' AND kpi.value >= kpi.target THEN 'OK'
    WHEN kpi.comparison = '<' AND kpi.value < kpi.target THEN 'OK'
    ELSE 'MISSED'
  END AS state,
  kpi.value,
  kpi.target,
  kpi.comparison,
  kpi.unit,
  kpi.measured_over
FROM `eros_scheduling_brain.health_check_coverage_at`(p_now) AS coverage
CROSS JOIN (
  SELECT
    MAX(IF(checked.is_newest, checked.health_score, NULL)) AS health_score,
    MAX(IF(checked.is_newest, checked.available_captions, NULL)) AS available_captions,
    SUM(checked.total_queries) AS queries,
    SAFE_DIVIDE(100 * SUM(checked.failed_queries), SUM(checked.total_queries)) AS failed_pct
  FROM (
    SELECT
      health.health_score,
      health.total_queries,
      health.failed_queries,
      (
        SELECT MAX(part.value)
        FROM UNNEST(health.signals) AS part
        WHERE part.signal = 'available_captions'
      ) AS available_captions,
      ROW_NUMBER() OVER (ORDER BY health.check_time DESC) = 1
        AND health.check_time > TIMESTAMP_SUB(p_now, INTERVAL 45 MINUTE) AS is_newest
    FROM `eros_scheduling_brain.health_checks` AS health
    WHERE health.check_time > TIMESTAMP_SUB(p_now, INTERVAL 24 HOUR)
      AND health.check_time <= p_now
  ) AS checked
) AS health
CROSS JOIN (
  SELECT
    MAX(IF(spent.is_yesterday, spent.estimated_cost_usd, NULL)) AS cost_usd,
    MAX(IF(spent.is_yesterday, spent.p95_seconds, NULL)) AS p95_seconds,
    MAX(IF(spent.is_yesterday, spent.total_queries, NULL)) AS queries
  FROM (
    SELECT
      report.estimated_cost_usd,
      report.p95_seconds,
      report.total_queries,
      report.date = DATE_SUB(DATE(p_now, 'America/Los_Angeles'), INTERVAL 1 DAY) AS is_yesterday
    FROM `eros_scheduling_brain.cost_reports` AS report
    WHERE report.date >= DATE_SUB(DATE(p_now, 'America/Los_Angeles'), INTERVAL 1 DAY)
      AND report.date <= DATE(p_now, 'America/Los_Angeles')
  ) AS spent
) AS cost
CROSS JOIN (
  SELECT
    COUNTIF(d.rollback_of IS NULL) AS deployments,
    SAFE_DIVIDE(
      100 * COUNTIF(d.rollback_of IS NULL AND d.result = 'SUCCEEDED'), COUNTIF(d.rollback_of IS NULL)
    ) AS succeeded_pct,
    AVG(IF(d.rollback_of IS NULL AND d.result = 'SUCCEEDED', d.minutes, NULL)) AS deploy_minutes,
    COUNTIF(d.rollback_of IS NOT NULL) AS rollbacks,
    AVG(IF(d.rollback_of IS NOT NULL, d.minutes, NULL)) AS recover_minutes
  FROM (
    SELECT
      deployed.rollback_of,
      deployed.result,
      TIMESTAMP_DIFF(deployed.ended_at, deployed.started_at, SECOND) / 60 AS minutes
    FROM `eros_scheduling_brain.deployments` AS deployed
    WHERE deployed.started_at > TIMESTAMP_SUB(p_now, INTERVAL 90 DAY)
      AND deployed.started_at <= p_now
      AND deployed.ended_at <= p_now
  ) AS d
) AS deployments
CROSS JOIN (
  SELECT COUNT(DISTINCT CONCAT(made.page_name, '|', made.schedule_id)) AS schedules
  FROM `eros_scheduling_brain.schedule_recommendations` AS made
  WHERE made.created_at > TIMESTAMP_SUB(p_now, INTERVAL 7 DAY)
    AND made.created_at <= p_now
) AS schedules
CROSS JOIN (
  SELECT
    COUNT(*) AS built,
    SAFE_DIVIDE(100 * COUNTIF(queue.status = 'COMPLETED'), COUNT(*)) AS completed_pct
  FROM `eros_scheduling_brain.schedule_generation_queue` AS queue
  WHERE queue.status IN ('COMPLETED', 'FAILED')
    AND queue.queued_at > TIMESTAMP_SUB(p_now, INTERVAL 7 DAY)
    AND queue.queued_at <= p_now
) AS builds
CROSS JOIN (
  SELECT
    COUNT(*) AS exports,
    SAFE_DIVIDE(100 * COUNTIF(log.status = 'SUCCESS'), COUNT(*)) AS succeeded_pct
  FROM `eros_scheduling_brain.schedule_export_log` AS log
  WHERE log.export_timestamp > TIMESTAMP_SUB(p_now, INTERVAL 7 DAY)
    AND log.export_timestamp <= p_now
    AND COALESCE(log.status, '') != 'SKIPPED'
) AS exports
CROSS JOIN (
  SELECT
    COUNT(*) AS alerts,
    AVG(alert.minutes_to_acknowledge) AS minutes_to_acknowledge,
    COUNTIF(alert.can_resolve) AS rule_alerts,
    AVG(IF(alert.can_resolve, alert.minutes_to_resolve, NULL)) AS minutes_to_resolve
  FROM (
    -- What is open still waits: left out, the slowest would not count. Alerts of jobs may never be said to be over; those
    -- of rules are.
    SELECT
      TIMESTAMP_DIFF(
        LEAST(IF(raised.acknowledged, raised.acknowledged_at, p_now), p_now), raised.alert_time, SECOND
      ) / 60 AS minutes_to_acknowledge,
      TIMESTAMP_DIFF(LEAST(COALESCE(raised.resolved_at, p_now), p_now), raised.alert_time, SECOND) / 60
        AS minutes_to_resolve,
      raised.alert_source = 'alert_evaluation' OR raised.resolved_at IS NOT NULL AS can_resolve
    FROM `eros_scheduling_brain.automation_alerts` AS raised
    WHERE raised.alert_level != 'INFO'
      AND raised.alert_time > TIMESTAMP_SUB(p_now, INTERVAL 30 DAY)
      AND raised.alert_time <= p_now
  ) AS alert
) AS alerts
CROSS JOIN UNNEST(ARRAY<STRUCT<
  position INT64, name STRING, value FLOAT64, comparison STRING, target FLOAT64, unit STRING, measured_over STRING
>>[
  (1, 'availability', coverage.covered_pct, '>=', 99.9, '%', 'health checks of 28 days'),
  (2, 'health score', health.health_score, '>', 90.0, 'points', 'the newest health check, 45 minutes old at most'),
  (3, 'query p95', cost.p95_seconds, '<', 2.0, 'seconds', CONCAT('yesterday (', CAST(cost.queries AS STRING), ')')),
  (4, 'failed queries', health.failed_pct, '<', 1.0, '%', CONCAT('samples of 24 hours (', CAST(health.queries AS STRING), ')')),
  (5, 'cost', cost.cost_usd, '<', 0.2, '$', CONCAT('yesterday (', CAST(cost.queries AS STRING), ')')),
  (
    6, 'deployments that succeeded', deployments.succeeded_pct, '>', 95.0, '%',
    CONCAT('90 days (', CAST(deployments.deployments AS STRING), ')')
  ),
  (
    7, 'time to deploy', deployments.deploy_minutes, '<', 15.0, 'minutes',
    CONCAT('90 days (', CAST(deployments.deployments AS STRING), '), without the watch')
  ),
  (
    8, 'time to recover', deployments.recover_minutes, '<', 30.0, 'minutes',
    CONCAT('rollbacks of 90 days (', CAST(deployments.rollbacks AS STRING), ')')
  ),
  (9, 'schedules', NULLIF(schedules.schedules, 0), '>', 50.0, 'schedules', '7 days'),
  (
    10, 'schedules that were built', builds.completed_pct, '>', 95.0, '%',
    CONCAT('7 days (', CAST(builds.built AS STRING), ')')
  ),
  (
    11, 'exports that succeeded', exports.succeeded_pct, '>', 95.0, '%',
    CONCAT('7 days (', CAST(exports.exports AS STRING), ')')
  ),
  (12, 'captions that nobody holds', health.available_captions, '>', 500.0, 'captions', 'the newest health check'),
  (
    13, 'time to acknowledge an alert', alerts.minutes_to_acknowledge, '<', 15.0, 'minutes',
    CONCAT('30 days (', CAST(alerts.alerts AS STRING), '), open ones until now')
  ),
  (
    14, 'time to resolve an alert', alerts.minutes_to_resolve, '<', 30.0, 'minutes',
    CONCAT('30 days (', CAST(alerts.rule_alerts AS STRING), '), open ones until now')
  )
]) AS kpi;
