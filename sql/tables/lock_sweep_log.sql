-- One row for each sweep of expired caption locks, also when it found nothing.
-- Written by sweep_expired_caption_locks; read by health reports.
CREATE TABLE `eros_scheduling_brain.lock_sweep_log`
(
  sweep_id STRING NOT NULL
    OPTIONS(description="Job run of the sweep, as in etl_job_runs."),
  sweep_time TIMESTAMP NOT NULL
    OPTIONS(description="Instant for which the sweep computed."),
  locks_expired_stale INT64
    OPTIONS(description="Locks closed as STALE_7DAY."),
  locks_expired_past_date INT64
    OPTIONS(description="Locks closed as PAST_SEND_DATE."),
  total_locks_cleaned INT64
    OPTIONS(description="Sum of both."),
  sweep_duration_seconds FLOAT64
    OPTIONS(description="Measured duration in seconds."),
  PRIMARY KEY (sweep_id) NOT ENFORCED
)
PARTITION BY DATE(sweep_time)
OPTIONS(
  description="Sweeps of expired caption locks, kept for 30 days.",
  partition_expiration_days=30,
  labels=[("system", "eros"), ("component", "telemetry"), ("retention", "30d")]
);
