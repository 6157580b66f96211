-- monitoring_feedback_freshness_at at the present moment; the rules stand there.
-- Read by: eros report feedback_freshness, dashboards.
-- Order: newest_age_hours DESC NULLS FIRST, page_name.
CREATE OR REPLACE VIEW `eros_scheduling_brain.monitoring_feedback_freshness`
OPTIONS(description="Age of the caption statistics of each page: STALE or WARNING by the limits of the alert rules.")
AS
SELECT
  r.page_name,
  r.state,
  r.newest_age_hours,
  r.oldest_age_hours,
  r.captions,
  r.avg_observations,
  r.trials
FROM `eros_scheduling_brain.monitoring_feedback_freshness_at`(CURRENT_TIMESTAMP()) AS r;
