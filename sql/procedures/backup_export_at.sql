-- Exports every table, owned or source, as it was at p_now to the backup bucket: Avro files below a folder that is called
-- like the instant, and a manifest with counts and checksums that is written last (docs/decisions/0020-backups.md).
-- A run that fails leaves a folder without a manifest, which no restore takes; the next run begins another.
-- Writes files and the job run, whose records are the rows of all tables. eros restore reads the files.
-- p_now must lie within the dataset's time travel; only the measured duration reads the clock.
CREATE OR REPLACE PROCEDURE `eros_scheduling_brain.backup_export_at`(p_now TIMESTAMP)
OPTIONS(description="Exports every table as of p_now to the backup bucket, with a manifest.")
BEGIN
  DECLARE v_started TIMESTAMP DEFAULT CURRENT_TIMESTAMP();
  DECLARE v_today DATE DEFAULT `eros_scheduling_brain.la_date`(p_now);
  DECLARE v_job_id STRING DEFAULT CONCAT('backup_export_', FORMAT_DATE('%Y%m%d', v_today), '_', GENERATE_UUID());
  DECLARE v_folder STRING DEFAULT (
    SELECT CONCAT('gs://', stack.backup_bucket, '/', FORMAT_TIMESTAMP('%F_%H%M%S', p_now, 'UTC'), '/')
    FROM `eros_scheduling_brain.deployed_stack` AS stack
  );
  DECLARE v_rows INT64 DEFAULT 0;

  IF p_now IS NULL THEN
    RAISE USING MESSAGE = 'EROS_INVALID|p_now is null';
  END IF;
  CALL `eros_scheduling_brain.job_run_open`(v_job_id, 'backup_export', v_today, p_now);

  BEGIN
    CALL `eros_scheduling_brain.export_tables_at`(v_folder, p_now, v_rows);
    CALL `eros_scheduling_brain.job_run_close`(
      v_job_id, 'SUCCESS', NULL, NULL, v_rows, 0, NULL, NULL,
      TIMESTAMP_ADD(p_now, INTERVAL TIMESTAMP_DIFF(CURRENT_TIMESTAMP(), v_started, MICROSECOND) MICROSECOND)
    );
  EXCEPTION WHEN ERROR THEN
    CALL `eros_scheduling_brain.job_run_close`(
      v_job_id, 'FAILED', NULL, NULL, NULL, NULL, NULL, @@error.message,
      TIMESTAMP_ADD(p_now, INTERVAL TIMESTAMP_DIFF(CURRENT_TIMESTAMP(), v_started, MICROSECOND) MICROSECOND)
    );
    RAISE;
  END;
END;
