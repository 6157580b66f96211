-- recent_caption_usage_v_at at the present moment; the rules stand there.
-- Read by: reports and the schedule builder.
CREATE OR REPLACE VIEW `eros_scheduling_brain.recent_caption_usage_v`
OPTIONS(description="Last use, number of uses and days since, per page and caption, over the last 90 days.")
AS
SELECT
  r.page_name,
  r.caption_id,
  r.last_used_at,
  r.usage_count,
  r.days_since_last_use
FROM `eros_scheduling_brain.recent_caption_usage_v_at`(CURRENT_TIMESTAMP()) AS r;
