-- scored_captions_of_pages_at for one page, with what its segment would weigh. The multiplier is reported and not part of
-- the score: it would change nothing in the order of a bucket.
-- Readers must refer to a call once: BigQuery runs a CTE anew for each reference, with new draws.
-- Read by: caption_decisions_at.
CREATE OR REPLACE TABLE FUNCTION `eros_scheduling_brain.scored_captions_at`(
  p_page STRING,
  p_segment STRING,
  p_now TIMESTAMP,
  p_draw STRING
)
RETURNS TABLE<
  caption_id INT64,
  caption_text STRING,
  price_tier STRING,
  content_category STRING,
  has_urgency BOOL,
  bucket STRING,
  scope STRING,
  category_key STRING,
  is_urgent BOOL,
  excluded_by STRING,
  rule_value STRING,
  soft_patterns ARRAY<STRING>,
  is_pool_low BOOL,
  is_explore BOOL,
  week_urgent INT64,
  week_category INT64,
  successes INT64,
  failures INT64,
  confidence_lower FLOAT64,
  confidence_upper FLOAT64,
  theta FLOAT64,
  diversity FLOAT64,
  penalty FLOAT64,
  --: What the segment would weigh: 1.25 for premium of a HIGH_VALUE one, 1.15 for budget and mid of a BUDGET_CONSCIOUS
  --: one, else 1.0; not applied.
  segment_multiplier FLOAT64,
  final_score FLOAT64
>
OPTIONS(description="Pool of a page with the rule that excludes each caption, or its score and all that the score is made of.")
AS
SELECT
  s.caption_id,
  s.caption_text,
  s.price_tier,
  s.content_category,
  s.has_urgency,
  s.bucket,
  s.scope,
  s.category_key,
  s.is_urgent,
  s.excluded_by,
  s.rule_value,
  s.soft_patterns,
  s.is_pool_low,
  s.is_explore,
  s.week_urgent,
  s.week_category,
  s.successes,
  s.failures,
  s.confidence_lower,
  s.confidence_upper,
  s.theta,
  s.diversity,
  s.penalty,
  CASE
    WHEN `eros_scheduling_brain.segment_class`(p_segment) = 'HIGH_VALUE' AND s.bucket = 'premium' THEN 1.25
    WHEN `eros_scheduling_brain.segment_class`(p_segment) = 'BUDGET_CONSCIOUS' AND s.bucket IN ('budget', 'mid') THEN 1.15
    ELSE 1.0
  END AS segment_multiplier,
  s.final_score
FROM `eros_scheduling_brain.scored_captions_of_pages_at`([p_page], p_now, p_draw) AS s;
