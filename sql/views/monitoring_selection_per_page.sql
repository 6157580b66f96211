-- monitoring_selection_per_page_at at the present moment; the rules stand there.
-- Read by: eros report selection_per_page, dashboards.
-- Order: page_name.
CREATE OR REPLACE VIEW `eros_scheduling_brain.monitoring_selection_per_page`
OPTIONS(description="Caption selections of the last 7 days by page: how many, refused, short; durations over all pages.")
AS
SELECT
  r.page_name,
  r.selections,
  r.succeeded,
  r.failed,
  r.short,
  r.avg_seconds,
  r.max_seconds,
  r.last_selection
FROM `eros_scheduling_brain.monitoring_selection_per_page_at`(CURRENT_TIMESTAMP()) AS r;
