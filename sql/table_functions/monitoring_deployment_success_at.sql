-- Whether what was deployed does well: a score of five parts, each deployment before and after, failures by day.
-- A part of the score that nothing is known of has no points. A run of the alert evaluator that ends by raising EROS_ALERT
-- has done its work and is no failure.
-- Read by: monitoring_deployment_success. Source: stack_jobs_at, deployments, caption_bandit_stats,
-- monitoring_integrity_health_at, health_check_coverage_at.
CREATE OR REPLACE TABLE FUNCTION `eros_scheduling_brain.monitoring_deployment_success_at`(p_now TIMESTAMP)
RETURNS TABLE<
  --: SCORE (five parts and their sum), DEPLOYMENT (the ten latest that have ended), DAY (14 Los Angeles dates).
  section STRING,
  --: Place in the section, from 1; in DEPLOYMENT and DAY the latest first.
  position INT64,
  --: Part of the score; deployment id and figure; Los Angeles date.
  subject STRING,
  --: SCORE: figure of the part; DEPLOYMENT: the figure after it; DAY: failed statements in percent. Null when unknown.
  value FLOAT64,
  --: DEPLOYMENT: the figure before it; null elsewhere and when unknown.
  value_before FLOAT64,
  --: DEPLOYMENT: change in percent of the figure before; null elsewhere, when unknown, and when that is 0.
  change_pct FLOAT64,
  --: SCORE: points, 20 at most a part; null elsewhere.
  points INT64,
  --: SCORE: OK at 20 points, LOW, UNKNOWN; its sum EXCELLENT from 90, GOOD from 75, FAIR from 60, POOR. DEPLOYMENT: WORSE
  --: by more than 10 %, OK, UNKNOWN. DAY: ALERT above 5 %, WARNING above 2 %, OK, UNKNOWN without a statement.
  state STRING,
  --: Unit of the figures.
  unit STRING
>
OPTIONS(description="Score of five parts, deployments before and after, failed statements of 14 days, each with its state.")
AS
SELECT
  'SCORE' AS section,
  part.position,
  part.subject,
  part.value,
  CAST(NULL AS FLOAT64) AS value_before,
  CAST(NULL AS FLOAT64) AS change_pct,
  CAST(part.points AS INT64) AS points,
  CASE
    WHEN part.position = 6 AND part.points >= 90 THEN 'EXCELLENT'
    WHEN part.position = 6 AND part.points >= 75 THEN 'GOOD'
    WHEN part.position = 6 AND part.points >= 60 THEN 'FAIR'
    WHEN part.position = 6 THEN 'POOR'
    WHEN part.value IS NULL THEN 'UNKNOWN'
    WHEN part.points = 20 THEN 'OK'
    ELSE 'LOW'
  END AS state,
  part.unit
FROM (
  SELECT
    scored.defects,
    scored.avg_seconds,
    scored.failed_pct,
    scored.wilson,
    scored.covered_pct,
    CASE WHEN scored.defects = 0 THEN 20 ELSE 0 END AS integrity_points,
    CASE WHEN scored.avg_seconds < 1 THEN 20 WHEN scored.avg_seconds >= 1 THEN 10 ELSE 0 END AS latency_points,
    CASE WHEN scored.failed_pct < 1 THEN 20 WHEN scored.failed_pct >= 1 THEN 5 ELSE 0 END AS error_points,
    CASE WHEN scored.wilson > 0.5 THEN 20 WHEN scored.wilson <= 0.5 THEN 10 ELSE 0 END AS wilson_points,
    CASE WHEN scored.covered_pct >= 99.9 THEN 20 WHEN scored.covered_pct >= 99 THEN 10 ELSE 0 END AS covered_points
  FROM (
    SELECT
      integrity.defects,
      recent.avg_seconds,
      recent.failed_pct,
      statistics.wilson,
      coverage.covered_pct
    FROM (
      SELECT IF(LOGICAL_AND(figure.state = 'UNKNOWN'), NULL, CAST(SUM(figure.value) AS FLOAT64)) AS defects
      FROM `eros_scheduling_brain.monitoring_integrity_health_at`(p_now) AS figure
      WHERE figure.section = 'DEFECT'
    ) AS integrity
    CROSS JOIN (
      SELECT
        AVG(IF(job.error_reason IS NULL, TIMESTAMP_DIFF(job.end_time, job.start_time, MILLISECOND) / 1000, NULL))
          AS avg_seconds,
        SAFE_DIVIDE(
          100 * COUNTIF(
            job.error_reason IS NOT NULL AND STRPOS(COALESCE(job.error_message, ''), 'EROS_ALERT|') = 0
          ),
          COUNT(*)
        ) AS failed_pct
      FROM `eros_scheduling_brain.stack_jobs_at`(TIMESTAMP_SUB(p_now, INTERVAL 24 HOUR), p_now) AS job
      WHERE job.state = 'DONE'
    ) AS recent
    CROSS JOIN (
      SELECT AVG((s.confidence_lower_bound + s.confidence_upper_bound) / 2) AS wilson
      FROM `eros_scheduling_brain.caption_bandit_stats` AS s
    ) AS statistics
    CROSS JOIN `eros_scheduling_brain.health_check_coverage_at`(p_now) AS coverage
  ) AS scored
) AS score
CROSS JOIN UNNEST(ARRAY<STRUCT<position INT64, subject STRING, value FLOAT64, points INT64, unit STRING>>[
  (1, 'integrity: defects', score.defects, score.integrity_points, 'rows'),
  (2, 'latency: mean duration of 24 hours', score.avg_seconds, score.latency_points, 'seconds'),
  (3, 'errors: failed statements of 24 hours', score.failed_pct, score.error_points, '%'),
  (4, 'statistics: mean middle of the Wilson intervals', score.wilson, score.wilson_points, '0 to 1'),
  (5, 'availability: time covered by health checks', score.covered_pct, score.covered_points, '%'),
  (
    6, 'all',
    score.integrity_points + score.latency_points + score.error_points + score.wilson_points + score.covered_points,
    score.integrity_points + score.latency_points + score.error_points + score.wilson_points + score.covered_points,
    'points'
  )
]) AS part
UNION ALL
SELECT
  'DEPLOYMENT' AS section,
  4 * (deployed.place - 1) + figure.place AS position,
  CONCAT(deployed.deployment_id, ' ', figure.subject) AS subject,
  figure.value,
  figure.value_before,
  SAFE_DIVIDE(100 * (figure.value - figure.value_before), figure.value_before) AS change_pct,
  CAST(NULL AS INT64) AS points,
  CASE
    WHEN figure.value IS NULL OR figure.value_before IS NULL THEN 'UNKNOWN'
    WHEN figure.is_better_high AND figure.value < 0.9 * figure.value_before THEN 'WORSE'
    WHEN NOT figure.is_better_high AND figure.value > 1.1 * figure.value_before THEN 'WORSE'
    ELSE 'OK'
  END AS state,
  figure.unit
FROM (
  SELECT
    d.deployment_id,
    d.p95_seconds_before,
    d.p95_seconds_after,
    d.error_rate_before,
    d.error_rate_after,
    d.cost_usd_per_day_before,
    d.cost_usd_per_day_after,
    d.avg_emv_before,
    d.avg_emv_after,
    ROW_NUMBER() OVER (ORDER BY d.started_at DESC, d.deployment_id DESC) AS place
  FROM `eros_scheduling_brain.deployments` AS d
  WHERE d.started_at <= p_now AND d.ended_at IS NOT NULL
) AS deployed
CROSS JOIN UNNEST(ARRAY<STRUCT<
  place INT64, subject STRING, value FLOAT64, value_before FLOAT64, unit STRING, is_better_high BOOL
>>[
  (1, 'p95', deployed.p95_seconds_after, deployed.p95_seconds_before, 'seconds', FALSE),
  (2, 'failed', 100 * deployed.error_rate_after, 100 * deployed.error_rate_before, '%', FALSE),
  (3, 'cost', deployed.cost_usd_per_day_after, deployed.cost_usd_per_day_before, '$ a day', FALSE),
  (4, 'EMV', deployed.avg_emv_after, deployed.avg_emv_before, '$', TRUE)
]) AS figure
WHERE deployed.place <= 10
UNION ALL
SELECT
  'DAY' AS section,
  1 + days_ago AS position,
  CAST(DATE_SUB(DATE(p_now, 'America/Los_Angeles'), INTERVAL days_ago DAY) AS STRING) AS subject,
  by_day.failed_pct AS value,
  CAST(NULL AS FLOAT64) AS value_before,
  CAST(NULL AS FLOAT64) AS change_pct,
  CAST(NULL AS INT64) AS points,
  CASE
    WHEN by_day.failed_pct IS NULL THEN 'UNKNOWN'
    WHEN by_day.failed_pct > 5 THEN 'ALERT'
    WHEN by_day.failed_pct > 2 THEN 'WARNING'
    ELSE 'OK'
  END AS state,
  '%' AS unit
FROM UNNEST(GENERATE_ARRAY(0, 13)) AS days_ago
LEFT JOIN (
  SELECT
    job.days_ago AS created_days_ago,
    100 * SAFE_DIVIDE(COUNTIF(job.has_failed), COUNT(*)) AS failed_pct
  FROM (
    SELECT
      DATE_DIFF(
        DATE(p_now, 'America/Los_Angeles'), DATE(ended.creation_time, 'America/Los_Angeles'), DAY
      ) AS days_ago,
      ended.error_reason IS NOT NULL AND STRPOS(COALESCE(ended.error_message, ''), 'EROS_ALERT|') = 0 AS has_failed
    FROM `eros_scheduling_brain.stack_jobs_at`(
      TIMESTAMP_SUB(
        TIMESTAMP(DATE_SUB(DATE(p_now, 'America/Los_Angeles'), INTERVAL 13 DAY), 'America/Los_Angeles'),
        INTERVAL 1 MICROSECOND
      ),
      p_now
    ) AS ended
    WHERE ended.state = 'DONE'
  ) AS job
  GROUP BY job.days_ago
) AS by_day ON by_day.created_days_ago = days_ago;
