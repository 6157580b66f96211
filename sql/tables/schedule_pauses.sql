-- Schedules that people have stopped for a while: one row a schedule and pause, open until it is resumed.
-- Written by `eros pause` and `eros resume`; read by whatever judges how old a job's last run is, so that a pause raises
-- no alarm of its own and a forgotten one does.
CREATE TABLE `eros_scheduling_brain.schedule_pauses`
(
  pause_id STRING NOT NULL
    OPTIONS(description="One for all schedules that one command paused."),
  schedule_name STRING NOT NULL
    OPTIONS(description="Schedule as in config/schedules.yaml."),
  paused_at TIMESTAMP NOT NULL
    OPTIONS(description="When it was disabled."),
  planned_until TIMESTAMP NOT NULL
    OPTIONS(description="When it was meant to be resumed; later than that an open pause counts as forgotten."),
  paused_by STRING NOT NULL
    OPTIONS(description="Account that paused it."),
  --@ words, replace
  reason STRING
    OPTIONS(description="Why, in the operator's words."),
  resumed_at TIMESTAMP
    OPTIONS(description="When it was enabled again; null while paused."),
  resumed_by STRING
    OPTIONS(description="Account that enabled it again."),
  PRIMARY KEY (pause_id, schedule_name) NOT ENFORCED
)
PARTITION BY DATE(paused_at)
CLUSTER BY schedule_name
OPTIONS(
  description="Pauses of scheduled queries, open and past.",
  labels=[("system", "eros"), ("component", "telemetry"), ("retention", "unlimited")]
);
