-- monitoring_daily_automation_at at the present moment; the rules stand there.
-- Read by: eros report daily_automation, dashboards.
-- Order: execution_date DESC, last_run DESC, job_status.
CREATE OR REPLACE VIEW `eros_scheduling_brain.monitoring_daily_automation`
OPTIONS(description="Daily automation by date and status over the last 7 Los Angeles days: runs, durations, pages, failure rate.")
AS
SELECT
  r.execution_date,
  r.job_status,
  r.runs,
  r.avg_seconds,
  r.max_seconds,
  r.pages_processed,
  r.pages_failed,
  r.failure_rate_pct,
  r.last_run
FROM `eros_scheduling_brain.monitoring_daily_automation_at`(CURRENT_TIMESTAMP()) AS r;
