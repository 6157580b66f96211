-- For how much of the last 28 days the platform knew how it was: the measure of its availability.
-- A health check counts for 45 minutes, as it does for the alert evaluator; what lies between the end of that and the next
-- check is a gap. It is counted from the first check of the 28 days, so that a new platform is not blamed for the time
-- before it. Always one row.
-- Read by: monitoring_kpis_at, monitoring_deployment_success_at. Source: health_checks.
CREATE OR REPLACE TABLE FUNCTION `eros_scheduling_brain.health_check_coverage_at`(p_now TIMESTAMP)
RETURNS TABLE<
  --: First health check of the 28 days before p_now; null without one.
  first_check TIMESTAMP,
  --: Last one up to p_now; null without one.
  last_check TIMESTAMP,
  --: Hours from the first check to p_now in which no check counted; null without one.
  gap_hours FLOAT64,
  --: Share of that time without a gap, 0 to 100; null without a check.
  covered_pct FLOAT64
>
OPTIONS(description="Share of the last 28 days, since the first health check in them, that health checks cover.")
AS
SELECT
  gaps.first_check,
  gaps.last_check,
  gaps.gap_seconds / 3600 AS gap_hours,
  IF(
    gaps.first_check < p_now,
    100 * (1 - SAFE_DIVIDE(gaps.gap_seconds, TIMESTAMP_DIFF(p_now, gaps.first_check, SECOND))),
    IF(gaps.first_check IS NULL, NULL, 100)
  ) AS covered_pct
FROM (
  SELECT
    MIN(checked.check_time) AS first_check,
    MAX(checked.check_time) AS last_check,
    SUM(checked.gap_seconds) AS gap_seconds
  FROM (
    SELECT
      next.check_time,
      GREATEST(TIMESTAMP_DIFF(COALESCE(next.next_check, p_now), next.check_time, SECOND) - 45 * 60, 0) AS gap_seconds
    FROM (
      SELECT
        health.check_time,
        LEAD(health.check_time) OVER (ORDER BY health.check_time) AS next_check
      FROM `eros_scheduling_brain.health_checks` AS health
      WHERE health.check_time > TIMESTAMP_SUB(p_now, INTERVAL 28 DAY)
        AND health.check_time <= p_now
    ) AS next
  ) AS checked
) AS gaps;
