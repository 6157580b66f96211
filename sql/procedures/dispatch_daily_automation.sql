-- The scheduled form of dispatch_daily_automation_at, every 15 minutes: the transfer service knows UTC only, and
-- the daily run belongs to a time of day in Los Angeles.
CREATE OR REPLACE PROCEDURE `eros_scheduling_brain.dispatch_daily_automation`()
OPTIONS(description="Starts the daily automation when it is due in Los Angeles; runs every 15 minutes.")
BEGIN
  CALL `eros_scheduling_brain.dispatch_daily_automation_at`(CURRENT_TIMESTAMP());
END;
