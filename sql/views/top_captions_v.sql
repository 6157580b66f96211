-- The captions of top_captions_mv with text, tier and rates. Readers order by what they look for.
-- Read by: dashboards. Source: top_captions_mv, caption_bank.
CREATE OR REPLACE VIEW `eros_scheduling_brain.top_captions_v`
OPTIONS(description="Captions of the medium and high performance tier with text, success rate and revenue per observation.")
AS
SELECT
  t.caption_id,
  --: Text; null when the caption has left the bank.
  b.caption_text,
  --: Content category; null when the caption has left the bank.
  b.content_category,
  --: Price tier; null when the caption has left the bank.
  b.price_tier,
  --: high when best_lower_bound is 0.7 or more, else medium.
  IF(t.best_lower_bound >= 0.7, 'high', 'medium') AS performance_tier,
  t.best_lower_bound,
  t.page_count,
  t.total_observations,
  t.total_revenue,
  --: successes / (successes + failures) over those pages, priors included, 0 to 1.
  SAFE_DIVIDE(t.successes, t.successes + t.failures) AS success_rate,
  --: Revenue per observed message, US dollars; null without observations.
  SAFE_DIVIDE(t.total_revenue, t.total_observations) AS revenue_per_observation,
  t.last_used
FROM `eros_scheduling_brain.top_captions_mv` AS t
LEFT JOIN `eros_scheduling_brain.caption_bank` AS b ON b.caption_id = t.caption_id;
