-- monitoring_alerts_24h_at at the present moment; the rules stand there.
-- Read by: eros report alerts_24h, dashboards.
-- Order: rank, alert_source.
CREATE OR REPLACE VIEW `eros_scheduling_brain.monitoring_alerts_24h`
OPTIONS(description="Alerts of the last 24 hours by level and source, and how many nobody has acknowledged.")
AS
SELECT
  r.rank,
  r.alert_level,
  r.alert_source,
  r.alerts,
  r.unacknowledged,
  r.last_alert,
  r.minutes_since,
  r.latest_message
FROM `eros_scheduling_brain.monitoring_alerts_24h_at`(CURRENT_TIMESTAMP()) AS r;
