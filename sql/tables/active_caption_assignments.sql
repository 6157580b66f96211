-- Which page sends which caption when: the locks that keep pages from sending the same caption within a
-- week.
-- Written by lock_caption_assignments; closed by sweep_expired_caption_locks. Closed rows stay, because
-- cooldown and budgets read them as usage: until an archive holds them, 90 days after the send date at least.
-- A lock is active while is_active is TRUE and its send date is today (Los Angeles) or later.
CREATE TABLE `eros_scheduling_brain.active_caption_assignments`
(
  --@ page, delete
  page_name STRING NOT NULL
    OPTIONS(description="Page that sends the caption, lower case."),
  --@ caption, delete
  caption_id INT64 NOT NULL
    OPTIONS(description="Assigned caption; a 64-bit fingerprint, often negative."),
  --@ text, clear
  caption_text STRING NOT NULL
    OPTIONS(description="Text at the time of the assignment."),
  assigned_date DATE NOT NULL
    OPTIONS(description="Los Angeles date of the assignment."),
  scheduled_send_date DATE
    OPTIONS(description="Los Angeles date on which it is sent; a row without one is never a lock."),
  scheduled_send_hour INT64
    OPTIONS(description="Los Angeles hour at which it is sent, 0 to 23."),
  price_tier STRING
    OPTIONS(description="Price tier of the caption as in caption_bank."),
  is_active BOOL
    OPTIONS(description="TRUE until the lock is swept, cancelled or replaced."),
  assigned_at TIMESTAMP
    OPTIONS(description="Instant of the assignment."),
  assignment_key STRING
    OPTIONS(description="Lower-case hex SHA-256 of page|caption|date|hour; unique."),
  --@ words, replace
  schedule_id STRING
    OPTIONS(description="Schedule that holds the lock."),
  deactivated_at TIMESTAMP
    OPTIONS(description="When the row was closed."),
  --@ none because it is one of four words
  deactivation_reason STRING
    OPTIONS(description="PAST_SEND_DATE, STALE_7DAY (both still usage), CANCELLED or REPLACED."),
  expires_at TIMESTAMP
    OPTIONS(description="End of the Los Angeles send day.")
)
PARTITION BY scheduled_send_date
CLUSTER BY page_name, caption_id, is_active
OPTIONS(
  description="Captions assigned to pages: active rows are locks, closed rows usage history; kept until archived, 90 days at least.",
  labels=[
    ("system", "eros"),
    ("component", "caption_selection"),
    ("retention", "until_archived"),
    ("data_class", "restricted")
  ]
);
