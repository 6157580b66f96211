-- Captions that a page may be offered at all: one a text, in use, and either proven (score above 0) or without a
-- chance yet to prove themselves. Bumps never earn, so their score is 0 or null; captions never sent have none.
-- Leaving both out would leave bump quotas empty and let nothing new in.
-- Read by: caption selection, pool health, daily automation. Source: canonical_captions.
CREATE OR REPLACE VIEW `eros_scheduling_brain.available_captions`
OPTIONS(description="Canonical captions that may be selected: in use and proven, or bump, or never sent.")
AS
SELECT
  b.caption_id,
  b.caption_text,
  b.content_category,
  b.price_tier,
  b.has_urgency,
  b.conversion_score,
  b.revenue_score,
  b.efficiency_score,
  b.overall_performance_score,
  b.avg_revenue,
  b.max_revenue,
  b.min_revenue,
  b.avg_conversion_rate,
  b.best_conversion_rate,
  b.avg_revenue_per_recipient,
  b.avg_purchase_rate,
  b.total_sends,
  b.pages_used_count,
  b.sample_pages_used,
  b.total_reach,
  b.total_conversions,
  b.lifetime_revenue,
  b.caption_length,
  b.question_count,
  b.exclamation_count,
  b.emoji_count,
  b.successful_days,
  b.successful_hours,
  b.min_price,
  b.max_price,
  b.avg_price,
  b.first_used,
  b.last_used,
  b.days_since_last_use,
  b.usage_status,
  b.validation_level,
  b.created_at,
  b.updated_at,
  b.is_long_form,
  b.caption_key,
  b.caption_key_norm
FROM `eros_scheduling_brain.canonical_captions` AS b
WHERE LOWER(b.usage_status) IN ('available', 'moderate_recency')
  AND (
    b.overall_performance_score > 0
    OR `eros_scheduling_brain.price_bucket`(b.price_tier) = 'bump'
    OR COALESCE(b.total_sends, 0) = 0
  );
