-- caption_pattern_analysis_at at the present moment; the rules stand there.
-- Read by: reports on texts.
CREATE OR REPLACE VIEW `eros_scheduling_brain.caption_pattern_analysis`
OPTIONS(description="Captions and their PPV results over the last 90 days by tier, category, length, question and emoji.")
AS
SELECT
  r.price_tier,
  r.content_category,
  r.length_bucket,
  r.has_question,
  r.has_emoji,
  r.caption_count,
  r.times_used,
  r.conversion_rate,
  r.rpr,
  r.avg_emv
FROM `eros_scheduling_brain.caption_pattern_analysis_at`(CURRENT_TIMESTAMP()) AS r;
