-- Who changed which business object.
-- Written by lock_caption_assignments and by operations; kept without expiry because it is the record of
-- changes.
CREATE TABLE `eros_scheduling_brain.audit_log`
(
  action STRING NOT NULL
    OPTIONS(description="What was done, for example lock."),
  entity_type STRING NOT NULL
    OPTIONS(description="Kind of object, for example schedule."),
  --@ words, replace
  entity_id STRING NOT NULL
    OPTIONS(description="Object that was changed."),
  --@ page, replace
  page_name STRING
    OPTIONS(description="Page concerned, lower case."),
  --@ words, replace
  details STRING
    OPTIONS(description="What changed, as text."),
  timestamp TIMESTAMP NOT NULL
    OPTIONS(description="When it was done."),
  user_agent STRING
    OPTIONS(description="Program or person that did it."),
  --@ words, replace
  error_message STRING
    OPTIONS(description="Error text when it failed.")
)
PARTITION BY DATE(timestamp)
OPTIONS(
  description="Record of changes to business objects.",
  labels=[
    ("system", "eros"),
    ("component", "telemetry"),
    ("retention", "unlimited"),
    ("data_class", "restricted")
  ]
);
