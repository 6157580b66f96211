-- monitoring_stale_pages_at at the present moment; the rules stand there.
-- Read by: eros report stale_pages, dashboards.
-- Order: hours_since_update DESC NULLS FIRST, page_name.
CREATE OR REPLACE VIEW `eros_scheduling_brain.monitoring_stale_pages`
OPTIONS(description="Pages whose caption statistics are too old to select by, or missing.")
AS
SELECT
  r.page_name,
  r.hours_since_update,
  r.last_update,
  r.captions,
  r.last_used,
  r.days_since_use,
  r.observations
FROM `eros_scheduling_brain.monitoring_stale_pages_at`(CURRENT_TIMESTAMP()) AS r;
