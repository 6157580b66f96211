-- The captions that one selection gives a page: the picked ones of caption_decisions_at, which holds the rules.
-- p_draw is 'RANDOM' (Thompson sampling: another result each time) or 'MEAN' (always the same, for tests and
-- read-only checks). Writes nothing; select_captions_for_creator also keeps the audit and raises alerts.
-- Read by: checks and previews.
CREATE OR REPLACE TABLE FUNCTION `eros_scheduling_brain.caption_selection_at`(
  p_page STRING,
  p_segment STRING,
  p_budget INT64,
  p_mid INT64,
  p_premium INT64,
  p_bump INT64,
  p_now TIMESTAMP,
  p_draw STRING
)
RETURNS TABLE<
  caption_id INT64,
  caption_text STRING,
  price_tier STRING,
  content_category STRING,
  has_urgency BOOL,
  final_score FLOAT64,
  debug_info STRUCT<
    thompson_score FLOAT64,
    diversity_bonus FLOAT64,
    segment_multiplier FLOAT64,
    successes INT64,
    failures INT64,
    confidence_lower FLOAT64,
    confidence_upper FLOAT64,
    budget_penalty FLOAT64
  >,
  bucket STRING,
  --: Urgency, Exclusivity, Scarcity, Social Proof, Curiosity or General.
  psychological_trigger STRING
>
OPTIONS(description="Captions selected for a page by bucket quotas, with scores; writes nothing.")
AS
SELECT
  d.caption_id,
  d.caption_text,
  d.price_tier,
  d.content_category,
  d.has_urgency,
  d.final_score,
  d.debug_info,
  d.bucket,
  `eros_scheduling_brain.caption_trigger`(d.caption_text, d.has_urgency) AS psychological_trigger
FROM `eros_scheduling_brain.caption_decisions_at`(
  p_page, p_segment, p_budget, p_mid, p_premium, p_bump, p_now, p_draw
) AS d
WHERE d.is_picked;
