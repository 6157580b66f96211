-- monitoring_repeat_failures_at at the present moment; the rules stand there.
-- Read by: eros report repeat_failures, dashboards.
-- Order: failures DESC, last_failure DESC, page_name.
CREATE OR REPLACE VIEW `eros_scheduling_brain.monitoring_repeat_failures`
OPTIONS(description="Pages that failed three times or more in the daily automation of the last 7 days.")
AS
SELECT
  r.page_name,
  r.failures,
  r.failing_days,
  r.last_failure,
  r.hours_since_last,
  r.sample_errors
FROM `eros_scheduling_brain.monitoring_repeat_failures_at`(CURRENT_TIMESTAMP()) AS r;
