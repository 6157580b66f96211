-- daily_report_at at the present moment, for people who want today's report again. The dispatcher calls daily_report_at.
CREATE OR REPLACE PROCEDURE `eros_scheduling_brain.daily_report`()
OPTIONS(description="Puts today's report into the alerts, once a day.")
BEGIN
  CALL `eros_scheduling_brain.daily_report_at`(CURRENT_TIMESTAMP());
END;
