-- The messages of each built schedule, one row a message.
-- Written by the schedule builder; read through schedule_recommendations_messages by the exporters.
-- Kept until an archive holds it, and 90 days after the send date at least, which is how far analytics look back.
CREATE TABLE `eros_scheduling_brain.schedule_recommendations`
(
  --@ words, replace
  schedule_id STRING NOT NULL
    OPTIONS(description="Schedule; unique together with the page."),
  --@ page, delete
  page_name STRING NOT NULL
    OPTIONS(description="Page that sends the message, lower case."),
  day_of_week STRING
    OPTIONS(description="English name of the Los Angeles weekday of the send."),
  scheduled_send_time TIMESTAMP NOT NULL
    OPTIONS(description="Instant of the send; turned into Los Angeles text only at export."),
  message_type STRING NOT NULL
    OPTIONS(description="Kind of message, for example Unlock, Photo bump, Free content or Follow up."),
  --@ caption, clear
  caption_id INT64
    OPTIONS(description="Caption of the message; null for a message without one."),
  created_at TIMESTAMP NOT NULL
    OPTIONS(description="When the row was written."),
  is_active BOOL DEFAULT TRUE
    OPTIONS(description="FALSE when the row was replaced or withdrawn."),
  time_slot_rank INT64
    OPTIONS(description="Rank of the time slot, 1 is the best hour of the page."),
  scheduled_send_date DATE NOT NULL
    OPTIONS(description="Los Angeles date of scheduled_send_time."),
  scheduled_send_hour INT64 NOT NULL
    OPTIONS(description="Los Angeles hour of scheduled_send_time, 0 to 23."),
  price_tier STRING
    OPTIONS(description="Price tier chosen for the message."),
  recommended_price FLOAT64
    OPTIONS(description="Price in US dollars; null for free messages."),
  saturation_zone STRING
    OPTIONS(description="GREEN, YELLOW or RED at the time of building."),
  status STRING DEFAULT 'pending'
    OPTIONS(description="State of the message, pending until it is exported."),
  updated_at TIMESTAMP
    OPTIONS(description="When the row was last changed."),
  --@ words, replace
  why STRING
    OPTIONS(description="Why the message stands where it stands, one reason a line; null where nothing was said.")
)
PARTITION BY scheduled_send_date
CLUSTER BY page_name, schedule_id
OPTIONS(
  description="Recommended messages, one row for each message of a schedule; kept until archived, 90 days at least.",
  labels=[("system", "eros"), ("component", "scheduling"), ("retention", "until_archived")]
);
