-- The maintenance of a month in Los Angeles: archives what will expire before the next run, and what has been over for more
-- than 90 days in tables that nothing expires; then deletes the latter (archive_tables_at, docs/decisions/0020-backups.md).
-- The next run is due on the 1st of the next month; a week more is archived, so that one that is late loses nothing.
-- Called by dispatch_daily_automation_at from 03:10 Los Angeles time on the 1st. Once a month: another run of the same
-- month that is on its way or has succeeded makes this one return without a trace. Each attempt has a folder of its own.
-- Writes files, the purged tables, the job run (records: rows archived) and an INFO alert with both counts.
-- p_now must lie within the dataset's time travel; only the measured duration reads the clock.
CREATE OR REPLACE PROCEDURE `eros_scheduling_brain.monthly_maintenance_at`(p_now TIMESTAMP)
OPTIONS(description="Archives and purges what leaves the tables in the Los Angeles month of p_now, once a month.")
BEGIN
  DECLARE v_started TIMESTAMP DEFAULT CURRENT_TIMESTAMP();
  DECLARE v_month DATE DEFAULT DATE_TRUNC(`eros_scheduling_brain.la_date`(p_now), MONTH);
  DECLARE v_job_id STRING DEFAULT CONCAT('monthly_maintenance_', FORMAT_DATE('%Y%m%d', v_month), '_', GENERATE_UUID());
  DECLARE v_folder STRING DEFAULT (
    SELECT CONCAT('gs://', stack.archive_bucket, '/', FORMAT_TIMESTAMP('%F_%H%M%S', p_now, 'UTC'), '/')
    FROM `eros_scheduling_brain.deployed_stack` AS stack
  );
  DECLARE v_is_claimed BOOL DEFAULT FALSE;
  DECLARE v_done_month DATE;
  DECLARE v_archived INT64 DEFAULT 0;
  DECLARE v_purged INT64 DEFAULT 0;

  IF p_now IS NULL THEN
    RAISE USING MESSAGE = 'EROS_INVALID|p_now is null';
  END IF;
  CALL `eros_scheduling_brain.reap_job_runs`(p_now);
  CALL `eros_scheduling_brain.claim_job_run`('monthly_maintenance', v_job_id, v_month, p_now, v_is_claimed);
  IF NOT v_is_claimed THEN
    RETURN;
  END IF;

  BEGIN
    SET v_done_month = (
      SELECT MAX(run.execution_date)
      FROM `eros_scheduling_brain.etl_job_runs` AS run
      WHERE run.job_name = 'monthly_maintenance' AND run.job_status = 'SUCCESS' AND run.execution_date < v_month
    );
    CALL `eros_scheduling_brain.archive_tables_at`(
      v_folder,
      DATE_ADD(DATE_ADD(v_month, INTERVAL 1 MONTH), INTERVAL 7 DAY),
      DATE_ADD(DATE_ADD(v_done_month, INTERVAL 1 MONTH), INTERVAL 7 DAY),
      DATE_SUB(v_month, INTERVAL 90 DAY),
      p_now,
      v_archived,
      v_purged
    );
    CALL `eros_scheduling_brain.raise_automation_alert`(
      'INFO', 'monthly_maintenance', 'rows_archived',
      CONCAT(
        'month=', FORMAT_DATE('%Y-%m', v_month), '|archived=', CAST(v_archived AS STRING),
        '|purged=', CAST(v_purged AS STRING), '|folder=', v_folder
      ),
      v_job_id, p_now
    );
    CALL `eros_scheduling_brain.job_run_close`(
      v_job_id, 'SUCCESS', NULL, NULL, v_archived, 0, NULL, NULL,
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
