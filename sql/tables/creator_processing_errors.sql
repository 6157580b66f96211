-- One row for each page on which the daily automation failed.
-- Written by run_daily_automation; read by health reports.
CREATE TABLE `eros_scheduling_brain.creator_processing_errors`
(
  job_id STRING NOT NULL
    OPTIONS(description="Run in which the error occurred, as in etl_job_runs."),
  --@ page, delete
  page_name STRING NOT NULL
    OPTIONS(description="Page that failed, or SYSTEM_CLEANUP for the sweep at the end of the run."),
  execution_date DATE
    OPTIONS(description="Los Angeles date of the run."),
  --@ words, replace
  error_message STRING
    OPTIONS(description="Error text."),
  error_time TIMESTAMP NOT NULL
    OPTIONS(description="Instant of the error.")
)
PARTITION BY DATE(error_time)
CLUSTER BY job_id, page_name
OPTIONS(
  description="Errors of single pages in the daily automation, kept for 90 days.",
  partition_expiration_days=90,
  labels=[("system", "eros"), ("component", "telemetry"), ("retention", "90d")]
);
