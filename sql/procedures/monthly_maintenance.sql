-- monthly_maintenance_at at the present moment, for people who repeat a month that was given up. The dispatcher calls
-- monthly_maintenance_at.
CREATE OR REPLACE PROCEDURE `eros_scheduling_brain.monthly_maintenance`()
OPTIONS(description="Archives what is about to leave the tables and purges old locks, once a month.")
BEGIN
  CALL `eros_scheduling_brain.monthly_maintenance_at`(CURRENT_TIMESTAMP());
END;
