-- run_health_check_at as of now: what the schedule runs.
CREATE OR REPLACE PROCEDURE `eros_scheduling_brain.run_health_check`()
OPTIONS(description="Measures the platform's health now and writes it as one row.")
BEGIN
  CALL `eros_scheduling_brain.run_health_check_at`(CURRENT_TIMESTAMP());
END;
