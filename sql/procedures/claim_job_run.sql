-- Claims a date for one run of a job that belongs to a date or a month: writes its RUNNING row, unless another run of
-- the job for the date is on its way or has succeeded. A run that ended with errors, without work or failed may be
-- repeated. All jobs share one mutex: a claim is short, and there are a handful a day.
-- Called by run_daily_automation_at, daily_report_at, monthly_maintenance_at and restore_drill_at, after reap_job_runs, so
-- that what is still RUNNING is younger than two hours.
-- The rows decide: a claim that finds the date taken is not claimed and writes no row; while the date is free it tries
-- again, five times, then raises EROS_BUSY (see transaction_failure).
CREATE OR REPLACE PROCEDURE `eros_scheduling_brain.claim_job_run`(
  IN p_job_name STRING,
  IN p_job_id STRING,
  IN p_execution_date DATE,
  IN p_now TIMESTAMP,
  OUT p_is_claimed BOOL
)
OPTIONS(description="Writes the RUNNING row of a run unless another run of the job holds or has done its date.")
BEGIN
  DECLARE v_is_taken BOOL DEFAULT FALSE;
  DECLARE v_tries INT64 DEFAULT 0;
  DECLARE v_is_at_work BOOL DEFAULT FALSE;
  DECLARE v_error STRING;

  IF p_job_name IS NULL OR p_job_id IS NULL OR p_execution_date IS NULL OR p_now IS NULL THEN
    RAISE USING MESSAGE = 'EROS_INVALID|null argument of claim_job_run';
  END IF;

  WHILE NOT v_is_taken DO
    IF v_tries = 5 THEN
      RAISE USING MESSAGE = `eros_scheduling_brain.transaction_failure`(
        p_job_name, v_tries, v_is_at_work, v_error
      );
    END IF;
    SET v_tries = v_tries + 1;
    SET v_is_at_work = FALSE;
    BEGIN
      CALL `eros_scheduling_brain.seed_mutex`('daily_automation', p_now);
      BEGIN TRANSACTION;
      UPDATE `eros_scheduling_brain.daily_automation_mutex` AS mutex
      SET updated_at = p_now, holder = p_job_id
      WHERE mutex.name = 'daily_automation';
      SET v_is_at_work = TRUE;

      -- The same row as job_run_open writes, with the check in the same transaction.
      INSERT INTO `eros_scheduling_brain.etl_job_runs`
        (job_id, job_name, job_start_time, job_status, execution_date)
      SELECT
        claim.job_id, p_job_name, p_now, 'RUNNING', p_execution_date
      FROM (SELECT p_job_id AS job_id) AS claim
      WHERE
        NOT EXISTS (
          SELECT 1
          FROM `eros_scheduling_brain.etl_job_runs` AS other
          WHERE
            other.job_name = p_job_name
            AND other.execution_date = p_execution_date
            AND other.job_status IN ('SUCCESS', 'RUNNING')
        );
      SET v_is_at_work = FALSE;
      COMMIT TRANSACTION;
    EXCEPTION WHEN ERROR THEN
      SET v_error = @@error.message;
      BEGIN
        ROLLBACK TRANSACTION;
      EXCEPTION WHEN ERROR THEN
        -- A transaction that lost may be gone already.
      END;
    END;

    SET v_is_taken = EXISTS (
      SELECT 1
      FROM `eros_scheduling_brain.etl_job_runs` AS run
      WHERE
        run.job_name = p_job_name
        AND run.execution_date = p_execution_date
        AND run.job_status IN ('SUCCESS', 'RUNNING')
    );
  END WHILE;

  SET p_is_claimed = EXISTS (
    SELECT 1 FROM `eros_scheduling_brain.etl_job_runs` AS run WHERE run.job_id = p_job_id
  );
END;
