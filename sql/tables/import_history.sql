-- Imports of recommended schedules into the sheets of the agency. A source: the sheet import fills it.
CREATE TABLE `eros_scheduling_brain.import_history`
(
  import_id STRING NOT NULL
    OPTIONS(description="Import."),
  --@ words, replace
  recommendation_id STRING NOT NULL
    OPTIONS(description="Recommendation that was imported."),
  --@ page, delete
  page_name STRING NOT NULL
    OPTIONS(description="Page, lower case."),
  --@ words, replace
  schedule_id STRING NOT NULL
    OPTIONS(description="Schedule that was imported."),
  imported_at TIMESTAMP NOT NULL
    OPTIONS(description="When it was imported."),
  imported_by STRING NOT NULL
    OPTIONS(description="Who imported it."),
  --@ words, replace
  sheet_url STRING
    OPTIONS(description="Sheet that received it."),
  messages_imported INT64
    OPTIONS(description="Messages that arrived."),
  captions_imported INT64
    OPTIONS(description="Captions that arrived."),
  prices_imported INT64
    OPTIONS(description="Prices that arrived."),
  import_status STRING
    OPTIONS(description="Outcome as the import reported it."),
  --@ words, replace
  error_details STRING
    OPTIONS(description="What went wrong."),
  --@ revenue
  day_1_performance JSON
    OPTIONS(description="Results one day after the import."),
  --@ revenue
  day_7_performance JSON
    OPTIONS(description="Results seven days after the import."),
  created_date DATE NOT NULL
    OPTIONS(description="Date of the import.")
)
OPTIONS(
  description="Imports of schedules with their later performance.",
  labels=[("system", "eros"), ("component", "scheduling"), ("ownership", "source")]
);
