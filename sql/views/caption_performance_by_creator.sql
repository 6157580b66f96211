-- caption_performance_by_creator_at at the present moment; the rules stand there.
-- Read by: reports.
CREATE OR REPLACE VIEW `eros_scheduling_brain.caption_performance_by_creator`
OPTIONS(description="Uses, conversion and revenue of each caption on each page over the last 90 days.")
AS
SELECT
  r.page_name,
  r.caption_id,
  r.caption_text,
  r.content_category,
  r.price_tier,
  r.times_used,
  r.creator_conversion_rate,
  r.creator_total_revenue,
  r.last_used_by_creator
FROM `eros_scheduling_brain.caption_performance_by_creator_at`(CURRENT_TIMESTAMP()) AS r;
