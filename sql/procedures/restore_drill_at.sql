-- Proves the newest backup that the schedule has made, once a month: its files are loaded again and compared with what
-- was recorded when it was written (prove_backup, docs/decisions/0030-the-monthly-restore-drill.md).
-- While there is no backup there is nothing to prove, and it returns without a trace. Another run of the same month that
-- is on its way or has succeeded makes it return without a trace too.
-- Called by dispatch_daily_automation_at from 05:10 Los Angeles time on the 1st.
-- Writes the job run, whose records are the rows that came back; the rule restore_drill_overdue asks for the last success.
CREATE OR REPLACE PROCEDURE `eros_scheduling_brain.restore_drill_at`(p_now TIMESTAMP)
OPTIONS(description="Loads the newest backup again and compares it with its manifest, once in the Los Angeles month of p_now.")
BEGIN
  DECLARE v_started TIMESTAMP DEFAULT CURRENT_TIMESTAMP();
  DECLARE v_month DATE DEFAULT DATE_TRUNC(`eros_scheduling_brain.la_date`(p_now), MONTH);
  DECLARE v_job_id STRING DEFAULT CONCAT('restore_drill_', FORMAT_DATE('%Y%m%d', v_month), '_', GENERATE_UUID());
  DECLARE v_backup STRING;
  DECLARE v_is_claimed BOOL DEFAULT FALSE;
  DECLARE v_tables INT64 DEFAULT 0;
  DECLARE v_rows INT64 DEFAULT 0;

  IF p_now IS NULL THEN
    RAISE USING MESSAGE = 'EROS_INVALID|p_now is null';
  END IF;
  -- A backup is called like the instant at which its run started.
  SET v_backup = (
    SELECT FORMAT_TIMESTAMP('%F_%H%M%S', MAX(run.job_start_time), 'UTC')
    FROM `eros_scheduling_brain.etl_job_runs` AS run
    WHERE run.job_name = 'backup_export' AND run.job_status = 'SUCCESS' AND run.job_start_time <= p_now
  );
  IF v_backup IS NULL THEN
    RETURN;
  END IF;
  CALL `eros_scheduling_brain.reap_job_runs`(p_now);
  CALL `eros_scheduling_brain.claim_job_run`('restore_drill', v_job_id, v_month, p_now, v_is_claimed);
  IF NOT v_is_claimed THEN
    RETURN;
  END IF;

  BEGIN
    CALL `eros_scheduling_brain.prove_backup`(
      (
        SELECT CONCAT('gs://', stack.backup_bucket, '/', v_backup, '/')
        FROM `eros_scheduling_brain.deployed_stack` AS stack
      ),
      v_tables,
      v_rows
    );
    CALL `eros_scheduling_brain.job_run_close`(
      v_job_id, 'SUCCESS', NULL, NULL, v_rows, 0, NULL, FORMAT('backup %s, %d tables', v_backup, v_tables),
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
