-- monitoring_queue_at at the present moment; the rules stand there.
-- Read by: eros report queue, dashboards.
-- Order: status.
CREATE OR REPLACE VIEW `eros_scheduling_brain.monitoring_queue`
OPTIONS(description="Queue of the schedule builder over the last 3 days by status, and how long the oldest entry waits.")
AS
SELECT
  r.status,
  r.entries,
  r.oldest,
  r.newest,
  r.oldest_age_hours,
  r.expired_claims,
  r.sample_pages
FROM `eros_scheduling_brain.monitoring_queue_at`(CURRENT_TIMESTAMP()) AS r;
