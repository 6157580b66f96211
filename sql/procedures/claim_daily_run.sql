-- Claims a date for one run of the daily automation: writes its RUNNING row, unless another run of the date is
-- on its way or has succeeded. A run that ended with errors, without work or failed may be repeated.
-- Called by run_daily_automation_at, after reap_job_runs, so that what is still RUNNING is younger than two hours.
-- The loser of two claims at the same instant is not claimed and writes no row; it may try again later.
CREATE OR REPLACE PROCEDURE `eros_scheduling_brain.claim_daily_run`(
  IN p_job_id STRING,
  IN p_execution_date DATE,
  IN p_now TIMESTAMP,
  OUT p_is_claimed BOOL
)
OPTIONS(description="Writes the RUNNING row of a daily run unless another run holds or has done its date.")
BEGIN
  CALL `eros_scheduling_brain.seed_platform_mutex`('daily_automation', p_now);

  BEGIN
    BEGIN
      BEGIN TRANSACTION;
      -- First the mutex: of two claims at once the second to commit aborts.
      UPDATE `eros_scheduling_brain.platform_mutex` AS mutex
      SET updated_at = p_now, holder = p_job_id
      WHERE mutex.name = 'daily_automation';

      -- The same row as job_run_open writes, with the check in the same transaction.
      INSERT INTO `eros_scheduling_brain.etl_job_runs`
        (job_id, job_name, job_start_time, job_status, execution_date)
      SELECT
        claim.job_id, 'daily_automation', p_now, 'RUNNING', p_execution_date
      FROM (SELECT p_job_id AS job_id) AS claim
      WHERE
        NOT EXISTS (
          SELECT 1
          FROM `eros_scheduling_brain.etl_job_runs` AS other
          WHERE
            other.job_name = 'daily_automation'
            AND other.execution_date = p_execution_date
            AND other.job_status IN ('SUCCESS', 'RUNNING')
        );
      COMMIT TRANSACTION;
    EXCEPTION WHEN ERROR THEN
      ROLLBACK TRANSACTION;
      RAISE USING MESSAGE = CONCAT(@@error.message, '|ATOMIC ROLLBACK');
    END;
  EXCEPTION WHEN ERROR THEN
    -- Another transaction came first: the date is its, or free at the next try. Anything else is an error.
    IF NOT REGEXP_CONTAINS(@@error.message, '(?i)concurrent|failed to commit|no transaction is active') THEN
      RAISE;
    END IF;
  END;

  SET p_is_claimed = EXISTS (
    SELECT 1 FROM `eros_scheduling_brain.etl_job_runs` AS run WHERE run.job_id = p_job_id
  );
END;
