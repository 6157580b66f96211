-- One caption a text: of all bank rows with the same key the one with the lowest id, so that a join by text
-- never multiplies rows and a text is never offered twice. A caption whose text has no key (blank) stands for
-- itself.
-- Read by: available_captions, update_caption_performance (match of messages without an id). Source: caption_bank.
CREATE OR REPLACE VIEW `eros_scheduling_brain.canonical_captions`
OPTIONS(description="Captions of the bank without repeated texts: the lowest id of each key, with caption_key_norm.")
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
  --: Key of the normalised text by caption_key_v2(): equal for texts that count as the same; null for a blank text.
  b.caption_key_norm
FROM (
  SELECT
    bank.caption_id,
    bank.caption_text,
    bank.content_category,
    bank.price_tier,
    bank.has_urgency,
    bank.conversion_score,
    bank.revenue_score,
    bank.efficiency_score,
    bank.overall_performance_score,
    bank.avg_revenue,
    bank.max_revenue,
    bank.min_revenue,
    bank.avg_conversion_rate,
    bank.best_conversion_rate,
    bank.avg_revenue_per_recipient,
    bank.avg_purchase_rate,
    bank.total_sends,
    bank.pages_used_count,
    bank.sample_pages_used,
    bank.total_reach,
    bank.total_conversions,
    bank.lifetime_revenue,
    bank.caption_length,
    bank.question_count,
    bank.exclamation_count,
    bank.emoji_count,
    bank.successful_days,
    bank.successful_hours,
    bank.min_price,
    bank.max_price,
    bank.avg_price,
    bank.first_used,
    bank.last_used,
    bank.days_since_last_use,
    bank.usage_status,
    bank.validation_level,
    bank.created_at,
    bank.updated_at,
    bank.is_long_form,
    bank.caption_key,
    `eros_scheduling_brain.caption_key_v2`(bank.caption_text) AS caption_key_norm
  FROM `eros_scheduling_brain.caption_bank` AS bank
) AS b
WHERE TRUE
QUALIFY ROW_NUMBER() OVER (
  PARTITION BY COALESCE(b.caption_key_norm, CONCAT('id:', CAST(b.caption_id AS STRING)))
  ORDER BY b.caption_id
) = 1;
