-- The platform's state of health, one row for each check.
-- Written by the scheduled health check; read by the alert evaluator and the dashboard.
CREATE TABLE `eros_scheduling_brain.health_checks`
(
  check_time TIMESTAMP NOT NULL
    OPTIONS(description="Instant of the check."),
  total_queries INT64
    OPTIONS(description="Queries in the five minutes before it."),
  slow_queries INT64
    OPTIONS(description="Those that exceeded the time limit."),
  failed_queries INT64
    OPTIONS(description="Those that ended in an error."),
  avg_execution_seconds FLOAT64
    OPTIONS(description="Their mean duration in seconds."),
  active_locks INT64
    OPTIONS(description="Active locks: send date of today (Los Angeles) or later."),
  expired_locks INT64
    OPTIONS(description="Locks still marked active although their send date has passed."),
  recent_assignments INT64
    OPTIONS(description="Captions assigned in the window of the check."),
  unique_captions_assigned INT64
    OPTIONS(description="Distinct captions among the active locks."),
  health_score INT64
    OPTIONS(description="0 (down) to 100 (perfect)."),
  status STRING
    OPTIONS(description="HEALTHY, WARNING or CRITICAL.")
)
PARTITION BY DATE(check_time)
OPTIONS(
  description="Health of the platform every five minutes, kept for 90 days.",
  partition_expiration_days=90,
  labels=[("system", "eros"), ("component", "telemetry"), ("retention", "90d")]
);
