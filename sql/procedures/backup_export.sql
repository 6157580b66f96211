-- The scheduled form of backup_export_at, once a day.
CREATE OR REPLACE PROCEDURE `eros_scheduling_brain.backup_export`()
OPTIONS(description="Exports every table to the backup bucket.")
BEGIN
  CALL `eros_scheduling_brain.backup_export_at`(CURRENT_TIMESTAMP());
END;
