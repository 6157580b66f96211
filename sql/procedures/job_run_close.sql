-- Closes a run of a job with its outcome and figures.
-- Called by every job once, after its transaction or from its error handler. A run that the reaper has
-- closed meanwhile stays FAILED: another run may have taken its place.
CREATE OR REPLACE PROCEDURE `eros_scheduling_brain.job_run_close`(
  p_job_id STRING,
  p_status STRING,
  p_creators_processed INT64,
  p_creators_failed INT64,
  p_records_processed INT64,
  p_records_failed INT64,
  p_latest_data_timestamp TIMESTAMP,
  p_error_message STRING,
  p_end TIMESTAMP
)
OPTIONS(description="Closes the RUNNING row of a job run with status, counts, error and duration.")
BEGIN
  UPDATE `eros_scheduling_brain.etl_job_runs` AS run
  SET
    job_status = p_status,
    job_end_time = p_end,
    job_duration_seconds = TIMESTAMP_DIFF(p_end, run.job_start_time, MICROSECOND) / 1000000,
    creators_processed = p_creators_processed,
    creators_failed = p_creators_failed,
    records_processed = p_records_processed,
    records_failed = p_records_failed,
    latest_data_timestamp = p_latest_data_timestamp,
    error_message = p_error_message
  WHERE run.job_id = p_job_id AND run.job_status = 'RUNNING';
END;
