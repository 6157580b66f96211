-- caption_context_of_pages_at for one page. Always one row, also for a page without history.
-- Read by: checks.
CREATE OR REPLACE TABLE FUNCTION `eros_scheduling_brain.caption_context_at`(p_page STRING, p_now TIMESTAMP)
RETURNS TABLE<
  seen_categories ARRAY<STRING>,
  seen_tiers ARRAY<STRING>,
  has_recent_urgency BOOL,
  week_urgent INT64
>
OPTIONS(description="Categories, price tiers and urgency that a page used in the last 7 days, and its urgent sends of the coming week.")
AS
SELECT
  c.seen_categories,
  c.seen_tiers,
  c.has_recent_urgency,
  c.week_urgent
FROM `eros_scheduling_brain.caption_context_of_pages_at`([p_page], p_now) AS c;
