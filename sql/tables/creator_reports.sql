-- The daily performance report of each page.
-- Written by run_daily_automation; read by the schedule builder.
CREATE TABLE `eros_scheduling_brain.creator_reports`
(
  report_date DATE NOT NULL
    OPTIONS(description="Los Angeles date of the daily run."),
  --@ page, delete
  page_name STRING NOT NULL
    OPTIONS(description="Page, lower case."),
  --@ words, replace
  performance_report STRING NOT NULL
    OPTIONS(description="JSON text made by analyze_creator_performance."),
  created_at TIMESTAMP NOT NULL
    OPTIONS(description="When the report was written."),
  PRIMARY KEY (report_date, page_name) NOT ENFORCED
)
PARTITION BY report_date
CLUSTER BY page_name
OPTIONS(
  description="Daily performance report of each page as JSON text, kept for 90 days.",
  partition_expiration_days=90,
  labels=[
    ("system", "eros"),
    ("component", "scheduling"),
    ("retention", "90d"),
    ("data_class", "restricted")
  ]
);
