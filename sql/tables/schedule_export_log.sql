-- One row for each attempt to export a schedule.
-- Written by the exporter; read by its 24-hour duplicate check and by monitoring.
CREATE TABLE `eros_scheduling_brain.schedule_export_log`
(
  --@ words, replace
  schedule_id STRING NOT NULL
    OPTIONS(description="Schedule that was exported."),
  --@ page, delete
  page_name STRING NOT NULL
    OPTIONS(description="Page of the schedule, lower case."),
  export_timestamp TIMESTAMP DEFAULT CURRENT_TIMESTAMP() NOT NULL
    OPTIONS(description="When the export was tried."),
  message_count INT64
    OPTIONS(description="Messages in the exported file or sheet."),
  execution_time_seconds FLOAT64
    OPTIONS(description="Duration of the export in seconds."),
  status STRING
    OPTIONS(description="SUCCESS, FAILED, PARTIAL (out, but the states of its messages are old) or SKIPPED (within 24 hours)."),
  --@ words, replace
  error_message STRING
    OPTIONS(description="Why the export failed; null on success."),
  export_format STRING
    OPTIONS(description="CSV, SHEETS or JSON."),
  exported_by STRING
    OPTIONS(description="USER or SYSTEM."),
  --@ words, replace
  sheet_name STRING
    OPTIONS(description="Tab of the spreadsheet that was written; null for files.")
)
PARTITION BY DATE(export_timestamp)
CLUSTER BY page_name, status
OPTIONS(
  description="Exports of schedules with their outcome, kept for 90 days.",
  partition_expiration_days=90,
  labels=[
    ("system", "eros"),
    ("component", "telemetry"),
    ("retention", "90d"),
    ("data_class", "restricted")
  ]
);
