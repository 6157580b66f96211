-- The locks of today and the next seven Los Angeles days.
-- Read by: active_assignments_7day. Source: active_caption_assignments.
CREATE OR REPLACE TABLE FUNCTION `eros_scheduling_brain.active_assignments_7day_at`(p_now TIMESTAMP)
RETURNS TABLE<
  page_name STRING,
  caption_id INT64,
  caption_text STRING,
  assigned_date DATE,
  scheduled_send_date DATE,
  scheduled_send_hour INT64,
  price_tier STRING,
  --: Always TRUE: only rows that are locks are listed.
  is_active BOOL,
  assigned_at TIMESTAMP,
  assignment_key STRING,
  schedule_id STRING,
  expires_at TIMESTAMP
>
OPTIONS(description="Active caption locks with a send date from the Los Angeles day of p_now to seven days later.")
AS
SELECT
  a.page_name,
  a.caption_id,
  a.caption_text,
  a.assigned_date,
  a.scheduled_send_date,
  a.scheduled_send_hour,
  a.price_tier,
  a.is_active,
  a.assigned_at,
  a.assignment_key,
  a.schedule_id,
  a.expires_at
FROM `eros_scheduling_brain.active_caption_assignments` AS a
WHERE a.is_active
  AND a.scheduled_send_date >= DATE(p_now, 'America/Los_Angeles')
  AND a.scheduled_send_date <= DATE_ADD(DATE(p_now, 'America/Los_Angeles'), INTERVAL 7 DAY);
