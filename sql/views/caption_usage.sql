-- Every use of a caption by a page, past or to come, for cooldown, context, budgets and tracking: one place that
-- says which assignments count.
-- An assignment with a send date counts while it is active (also when it is past and the sweep has not come yet)
-- and after the sweep closed it as sent (PAST_SEND_DATE, STALE_7DAY). Cancelled and replaced ones were never sent.
-- Readers state bounds on scheduled_send_date, the partition column.
-- Read by: recent_caption_usage, caption_tracking, caption selection. Source: active_caption_assignments.
CREATE OR REPLACE VIEW `eros_scheduling_brain.caption_usage`
OPTIONS(description="Assignments that count as usage of a caption: active, or closed because they were sent.")
AS
SELECT
  --: Page that sends the caption: lower case, trimmed.
  LOWER(TRIM(a.page_name)) AS page_name,
  a.caption_id,
  a.scheduled_send_date,
  a.scheduled_send_hour,
  a.price_tier,
  a.schedule_id,
  --: TRUE while the row is still a lock; FALSE, also for null, once it was closed as sent.
  COALESCE(a.is_active, FALSE) AS is_active
FROM `eros_scheduling_brain.active_caption_assignments` AS a
WHERE a.scheduled_send_date IS NOT NULL
  AND (a.is_active OR a.deactivation_reason IN ('PAST_SEND_DATE', 'STALE_7DAY'));
