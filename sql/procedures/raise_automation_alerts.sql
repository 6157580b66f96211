-- Raises alerts of one source, each unless one of the same level and kind is still open; of two of one level and kind the
-- first is raised. One statement for all, because each would be billed for the table of alerts again.
-- Called by jobs, outside their transactions; read by the notifier. `details` is 'key=value|key=value'.
-- INFO is for the record: it is inserted acknowledged and so never stands in the way of the next.
CREATE OR REPLACE PROCEDURE `eros_scheduling_brain.raise_automation_alerts`(
  p_source STRING,
  p_alerts ARRAY<STRUCT<alert_level STRING, alert_kind STRING, details STRING>>,
  p_job_id STRING,
  p_now TIMESTAMP
)
OPTIONS(description="Inserts each alert unless one of the same level, source and kind is open.")
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
    request.alert_kind,
    CONCAT(request.alert_kind, '|', request.details),
    p_job_id,
    request.alert_level = 'INFO',
    IF(request.alert_level = 'INFO', p_now, NULL),
    IF(request.alert_level = 'INFO', 'system', NULL)
  FROM (
    SELECT
      alert.alert_level AS alert_level,
      alert.alert_kind AS alert_kind,
      alert.details AS details,
      ROW_NUMBER() OVER (PARTITION BY alert.alert_level, alert.alert_kind ORDER BY number) AS place
    FROM UNNEST(p_alerts) AS alert WITH OFFSET AS number
  ) AS request
  WHERE
    (request.alert_level = 'INFO' OR request.place = 1)
    AND NOT EXISTS (
      SELECT 1
      FROM `eros_scheduling_brain.automation_alerts` AS earlier
      WHERE
        earlier.alert_level = request.alert_level
        AND earlier.alert_source = p_source
        AND earlier.alert_kind = request.alert_kind
        AND NOT COALESCE(earlier.acknowledged, FALSE)
    );
END;
