-- Raises an alert, unless one of the same level, source and kind is still open.
-- Called by jobs, outside their transactions; read by the notifier. p_details is 'key=value|key=value'.
-- INFO is for the record: it is inserted acknowledged and so never stands in the way of the next.
CREATE OR REPLACE PROCEDURE `eros_scheduling_brain.raise_automation_alert`(
  p_level STRING,
  p_source STRING,
  p_kind STRING,
  p_details STRING,
  p_job_id STRING,
  p_now TIMESTAMP
)
OPTIONS(description="Inserts an alert unless one of the same level, source and kind is open.")
BEGIN
  INSERT INTO `eros_scheduling_brain.automation_alerts`
    (
      alert_id, alert_time, alert_level, alert_source, alert_kind, alert_message, job_id,
      acknowledged, acknowledged_at, acknowledged_by
    )
  SELECT
    GENERATE_UUID(),
    p_now,
    request.alert_level,
    p_source,
    p_kind,
    CONCAT(p_kind, '|', p_details),
    p_job_id,
    request.alert_level = 'INFO',
    IF(request.alert_level = 'INFO', p_now, NULL),
    IF(request.alert_level = 'INFO', 'system', NULL)
  FROM (SELECT p_level AS alert_level) AS request
  WHERE
    NOT EXISTS (
      SELECT 1
      FROM `eros_scheduling_brain.automation_alerts` AS earlier
      WHERE
        earlier.alert_level = request.alert_level
        AND earlier.alert_source = p_source
        AND earlier.alert_kind = p_kind
        AND NOT COALESCE(earlier.acknowledged, FALSE)
    );
END;
