-- Opens a run of a job: writes its row in etl_job_runs as RUNNING.
-- Called by every job before its transaction, so that the row is there even when the run dies.
CREATE OR REPLACE PROCEDURE `eros_scheduling_brain.job_run_open`(
  p_job_id STRING,
  p_job_name STRING,
  p_execution_date DATE,
  p_now TIMESTAMP
)
OPTIONS(description="Writes the RUNNING row of a job run.")
BEGIN
  INSERT INTO `eros_scheduling_brain.etl_job_runs`
    (job_id, job_name, job_start_time, job_status, execution_date)
  VALUES
    (p_job_id, p_job_name, p_now, 'RUNNING', p_execution_date);
END;
