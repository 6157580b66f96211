-- The platform's state of health, one row for each run of the health check, which has no other record.
-- Written by run_health_check; read by the alert evaluator, eros health and the dashboard.
-- Columns for counts of queries are of the five minutes before the check.
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
    OPTIONS(description="HEALTHY, WARNING or CRITICAL."),
  signals ARRAY<STRUCT<
    signal STRING OPTIONS(description="What was measured, as in declared_alert_rules."),
    --@ page, replace
    subject STRING OPTIONS(description="Page or other part that it is of; empty for the platform."),
    value FLOAT64 OPTIONS(description="Value; null when there was nothing to measure, or when it is an age (see since)."),
    since TIMESTAMP OPTIONS(description="Start of an age, which whoever reads it computes; null for all else."),
    --@ words, replace
    details STRING OPTIONS(description="What else a text may say, as key=value|key=value."),
    is_waiting BOOL OPTIONS(description="TRUE when its writer has not run yet, or nothing is there to measure."),
    cadence STRING OPTIONS(description="RUN (each check) or DAY: how often it is measured; between, it is carried on."),
    measured_at TIMESTAMP OPTIONS(description="When it was measured.")
  >>
    OPTIONS(description="What was measured, for the alert evaluator."),
  checks ARRAY<STRUCT<
    rule STRING OPTIONS(description="Rule in declared_alert_rules that the check is of."),
    title STRING OPTIONS(description="The rule in a few words."),
    value FLOAT64 OPTIONS(description="Worst value measured, in the unit; null when unknown."),
    unit STRING OPTIONS(description="Unit of value and thresholds."),
    comparison STRING OPTIONS(description="ABOVE or BELOW: on which side of a threshold it is bad."),
    warning_threshold FLOAT64 OPTIONS(description="Threshold of WARNING; null without one."),
    critical_threshold FLOAT64 OPTIONS(description="Threshold of CRITICAL; null without one."),
    state STRING OPTIONS(description="OK, WARNING, CRITICAL, UNKNOWN (could not be measured; counts as CRITICAL) or WAITING.")
  >>
    OPTIONS(description="The checks that make up the health score.")
)
PARTITION BY DATE(check_time)
OPTIONS(
  description="Health of the platform every hour, kept for 90 days.",
  partition_expiration_days=90,
  labels=[("system", "eros"), ("component", "telemetry"), ("retention", "90d")]
);
