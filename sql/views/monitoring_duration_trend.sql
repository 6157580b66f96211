-- monitoring_duration_trend_at at the present moment; the rules stand there.
-- Read by: eros report duration_trend, dashboards.
-- Order: job_name.
CREATE OR REPLACE VIEW `eros_scheduling_brain.monitoring_duration_trend`
OPTIONS(description="Durations of each job over 30 days, and whether the last 7 were longer.")
AS
SELECT
  r.job_name,
  r.runs,
  r.avg_seconds,
  r.min_seconds,
  r.max_seconds,
  r.stddev_seconds,
  r.avg_seconds_7d,
  r.change_pct
FROM `eros_scheduling_brain.monitoring_duration_trend_at`(CURRENT_TIMESTAMP()) AS r;
