-- raise_automation_alerts for one alert. p_details is 'key=value|key=value'.
-- Called by jobs, outside their transactions.
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
  CALL `eros_scheduling_brain.raise_automation_alerts`(
    p_source,
    [STRUCT(p_level AS alert_level, p_kind AS alert_kind, p_details AS details)],
    p_job_id,
    p_now
  );
END;
