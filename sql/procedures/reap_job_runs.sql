-- Closes runs that died without closing themselves, of any job: RUNNING for more than two hours.
-- Called by the jobs that wait for one another, the hourly sweep among them. Their duration stays null, because nobody knows when they died.
CREATE OR REPLACE PROCEDURE `eros_scheduling_brain.reap_job_runs`(p_now TIMESTAMP)
OPTIONS(description="Closes as FAILED every job run that has been RUNNING for more than two hours.")
BEGIN
  UPDATE `eros_scheduling_brain.etl_job_runs` AS run
  SET
    job_status = 'FAILED',
    job_end_time = p_now,
    error_message = 'reaped: RUNNING for more than 2 h'
  WHERE
    run.job_status = 'RUNNING'
    AND run.job_start_time < TIMESTAMP_SUB(p_now, INTERVAL 2 HOUR);
END;
