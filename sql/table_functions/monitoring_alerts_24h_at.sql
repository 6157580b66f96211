-- What was raised in the last 24 hours, by level and source.
-- Read by: monitoring_alerts_24h. Source: automation_alerts.
CREATE OR REPLACE TABLE FUNCTION `eros_scheduling_brain.monitoring_alerts_24h_at`(p_now TIMESTAMP)
RETURNS TABLE<
  --: 1 CRITICAL, 2 WARNING, 3 INFO: what is worst comes first.
  rank INT64,
  alert_level STRING,
  alert_source STRING,
  --: Alerts of that level and source in the 24 hours before p_now.
  alerts INT64,
  --: Of those, not acknowledged.
  unacknowledged INT64,
  --: Instant of the last of them.
  last_alert TIMESTAMP,
  --: Minutes from it to p_now.
  minutes_since FLOAT64,
  --: Its text; of several at one instant the last by the alphabet.
  latest_message STRING
>
OPTIONS(description="Alerts of the last 24 hours by level and source: count, unacknowledged, the last one and its text.")
AS
SELECT
  g.rank,
  g.alert_level,
  g.alert_source,
  g.alerts,
  g.unacknowledged,
  g.last_alert,
  TIMESTAMP_DIFF(p_now, g.last_alert, SECOND) / 60 AS minutes_since,
  g.latest_message
FROM (
  SELECT
    CASE a.alert_level WHEN 'CRITICAL' THEN 1 WHEN 'WARNING' THEN 2 ELSE 3 END AS rank,
    a.alert_level,
    a.alert_source,
    COUNT(*) AS alerts,
    COUNTIF(NOT COALESCE(a.acknowledged, FALSE)) AS unacknowledged,
    MAX(a.alert_time) AS last_alert,
    ARRAY_AGG(a.alert_message ORDER BY a.alert_time DESC, a.alert_message DESC LIMIT 1)[OFFSET(0)] AS latest_message
  FROM `eros_scheduling_brain.automation_alerts` AS a
  WHERE a.alert_time > TIMESTAMP_SUB(p_now, INTERVAL 24 HOUR)
    AND a.alert_time <= p_now
  GROUP BY a.alert_level, a.alert_source
) AS g;
