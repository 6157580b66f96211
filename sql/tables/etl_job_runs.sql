-- One row for each run of a job: what health checks, alerts and the daily dispatcher go by.
-- Written only through job_run_open, job_run_close and reap_job_runs.
CREATE TABLE `eros_scheduling_brain.etl_job_runs`
(
  job_id STRING NOT NULL
    OPTIONS(description="Run, as <job_name>_<YYYYMMDD>_<uuid>; apply_reference_data adds _<digest of its content>."),
  job_name STRING NOT NULL
    OPTIONS(description="Procedure that ran, without _at, for example sweep_expired_caption_locks; daily_automation for run_daily_automation."),
  job_start_time TIMESTAMP NOT NULL
    OPTIONS(description="Instant for which the run computes (its p_now)."),
  job_end_time TIMESTAMP
    OPTIONS(description="Start plus measured duration; null while RUNNING."),
  job_status STRING NOT NULL
    OPTIONS(description="RUNNING, SUCCESS, COMPLETED_WITH_ERRORS, COMPLETED_NO_WORK or FAILED."),
  execution_date DATE
    OPTIONS(description="Los Angeles date that the run is for."),
  creators_processed INT64
    OPTIONS(description="Pages handled without an error."),
  creators_failed INT64
    OPTIONS(description="Pages that failed."),
  --@ words, replace
  error_message STRING
    OPTIONS(description="What made the run fail, or a note on how it was closed; null on success."),
  job_duration_seconds FLOAT64
    OPTIONS(description="Measured duration in seconds."),
  records_processed INT64
    OPTIONS(description="Rows that the run wrote; its meaning is the job's own."),
  records_failed INT64
    OPTIONS(description="Rows that the run could not handle."),
  latest_data_timestamp TIMESTAMP
    OPTIONS(description="Newest source data that the run has seen."),
  PRIMARY KEY (job_id) NOT ENFORCED
)
PARTITION BY DATE(job_start_time)
CLUSTER BY job_name, job_status
OPTIONS(
  description="Runs of the platform's jobs, kept for 90 days.",
  partition_expiration_days=90,
  labels=[("system", "eros"), ("component", "telemetry"), ("retention", "90d")]
);
