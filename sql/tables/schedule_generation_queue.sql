-- Pages that need a new schedule, one row for each page and date.
-- Written by run_daily_automation; the schedule builder claims PENDING rows under a lease and closes them.
CREATE TABLE `eros_scheduling_brain.schedule_generation_queue`
(
  --@ page, delete
  page_name STRING NOT NULL
    OPTIONS(description="Page that needs a schedule, lower case."),
  execution_date DATE NOT NULL
    OPTIONS(description="Los Angeles date of the daily run that asked for it."),
  saturation_pct FLOAT64
    OPTIONS(description="Share of the page's eligible captions already locked, 0 to 100; queued below 80."),
  queued_at TIMESTAMP NOT NULL
    OPTIONS(description="When the row was first queued."),
  processed_at TIMESTAMP
    OPTIONS(description="When the builder finished the row."),
  status STRING NOT NULL
    OPTIONS(description="PENDING, PROCESSING, COMPLETED or FAILED."),
  --@ words, replace
  schedule_id STRING
    OPTIONS(description="Schedule that is or was built; written when the row is claimed."),
  --@ words, replace
  error_message STRING
    OPTIONS(description="Why building failed, or why nothing was built: week_has_schedule."),
  attempts INT64 DEFAULT 0
    OPTIONS(description="How often a builder has claimed the row."),
  lease_expires_at TIMESTAMP
    OPTIONS(description="End of the claim of a PROCESSING row; after it another builder may claim it."),
  PRIMARY KEY (page_name, execution_date) NOT ENFORCED
)
PARTITION BY execution_date
CLUSTER BY status, page_name
OPTIONS(
  description="Work queue of the schedule builder, kept for 90 days.",
  partition_expiration_days=90,
  labels=[("system", "eros"), ("component", "scheduling"), ("retention", "90d")]
);
