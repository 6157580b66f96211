-- evaluate_alerts_at as of now: what the schedule runs.
CREATE OR REPLACE PROCEDURE `eros_scheduling_brain.evaluate_alerts`()
OPTIONS(description="Raises EROS_ALERT with the alert rules that are met now and have not been told of.")
BEGIN
  CALL `eros_scheduling_brain.evaluate_alerts_at`(CURRENT_TIMESTAMP());
END;
