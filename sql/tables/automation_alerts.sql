-- Conditions that a person should know of, at most one open row for each level, source and kind.
-- Written by raise_automation_alerts for the jobs and by evaluate_alerts (source alert_evaluation, kind rule or
-- rule:page), which tells of the rows of both; read by eros alerts.
CREATE TABLE `eros_scheduling_brain.automation_alerts`
(
  alert_id STRING DEFAULT GENERATE_UUID()
    OPTIONS(description="Identifies the alert when it is acknowledged."),
  alert_time TIMESTAMP NOT NULL
    OPTIONS(description="Instant of the run that raised it."),
  --@ none because it is one of three words
  alert_level STRING NOT NULL
    OPTIONS(description="INFO, WARNING or CRITICAL."),
  alert_source STRING NOT NULL
    OPTIONS(description="Job that raised it, for example lock_cleanup; alert_evaluation for the rules."),
  --@ words, replace
  alert_message STRING
    OPTIONS(description="Text as kind|page=...|key=value."),
  job_id STRING
    OPTIONS(description="Run that raised it, as in etl_job_runs."),
  acknowledged BOOL DEFAULT FALSE
    OPTIONS(description="TRUE once seen; INFO rows are inserted acknowledged."),
  acknowledged_at TIMESTAMP
    OPTIONS(description="When it was acknowledged."),
  --@ none because it is a person who works here, or system
  acknowledged_by STRING
    OPTIONS(description="Person, or system for INFO rows."),
  --@ words, replace
  alert_kind STRING
    OPTIONS(description="What is wrong, for example active_locks_high; kinds of one page end in :page."),
  measured FLOAT64
    OPTIONS(description="Value that met the rule's condition; null for alerts of jobs and for what never happened."),
  --@ words, replace
  expected STRING
    OPTIONS(description="What is well, in words; null for alerts of jobs."),
  notified_at TIMESTAMP
    OPTIONS(description="When the evaluator told of it last; null until then."),
  notifications INT64
    OPTIONS(description="How often the evaluator told of it; 0 when a rule told of the same thing; null until then."),
  resolved_at TIMESTAMP
    OPTIONS(description="When the condition was gone; null while it lasts."),
  --@ none because it is a person who works here, or system
  resolved_by STRING
    OPTIONS(description="system, or the person who closed it."),
  --@ none because they are names of receivers
  posted_to ARRAY<STRING>
    OPTIONS(description="Receivers that eros alerts notify told of it; escalation:RECEIVER for a second time.")
)
PARTITION BY DATE(alert_time)
CLUSTER BY alert_level, alert_source, acknowledged
OPTIONS(
  description="Alerts raised by the platform's jobs, kept for 90 days.",
  partition_expiration_days=90,
  labels=[("system", "eros"), ("component", "telemetry"), ("retention", "90d")]
);
