-- The scheduled form of pool_health_daily_at, once a day.
CREATE OR REPLACE PROCEDURE `eros_scheduling_brain.pool_health_daily`()
OPTIONS(description="Stores how many captions each page has left to send.")
BEGIN
  CALL `eros_scheduling_brain.pool_health_daily_at`(CURRENT_TIMESTAMP());
END;
