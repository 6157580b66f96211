-- restore_drill_at at the present moment, for people who repeat a month that was given up. The dispatcher calls
-- restore_drill_at.
CREATE OR REPLACE PROCEDURE `eros_scheduling_brain.restore_drill`()
OPTIONS(description="Loads the newest backup again and compares it with its manifest, once a month.")
BEGIN
  CALL `eros_scheduling_brain.restore_drill_at`(CURRENT_TIMESTAMP());
END;
