-- The caption bank with the psychological trigger of each text, which is that of caption_trigger.
-- Read by: analyze_trigger_performance and the other readers of triggers. Source: caption_bank.
CREATE OR REPLACE VIEW `eros_scheduling_brain.caption_bank_enriched`
OPTIONS(description="Caption bank with psychological_trigger: Urgency, Exclusivity, Scarcity, Social Proof, Curiosity or General.")
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
  --: Urgency, Exclusivity, Scarcity, Social Proof, Curiosity or General: the first whose rule the text meets.
  `eros_scheduling_brain.caption_trigger`(b.caption_text, b.has_urgency) AS psychological_trigger
FROM `eros_scheduling_brain.caption_bank` AS b;
