-- The daily automation as of now: see run_daily_automation_at. Called by hand; the schedule calls the dispatcher.
CREATE OR REPLACE PROCEDURE `eros_scheduling_brain.run_daily_automation`(p_execution_date DATE)
OPTIONS(description="Runs the daily automation of a Los Angeles date as of now; null means today.")
BEGIN
  CALL `eros_scheduling_brain.run_daily_automation_at`(p_execution_date, CURRENT_TIMESTAMP());
END;
