-- The rates that belong to caption_stats_summary, which holds sums only.
-- success_rate counts the priors of each caption (1 and 1), as the selection does; the means weigh each caption
-- alike.
-- Read by: dashboards. Source: caption_stats_summary.
CREATE OR REPLACE VIEW `eros_scheduling_brain.caption_stats_summary_v`
OPTIONS(description="Captions per page and performance tier with success rate, mean conversion, mean EMV and revenue per observation.")
AS
SELECT
  s.page_name,
  s.performance_tier,
  s.caption_count,
  s.total_observations,
  s.total_revenue,
  --: successes / (successes + failures), priors included, 0 to 1.
  SAFE_DIVIDE(s.successes, s.successes + s.failures) AS success_rate,
  --: Mean of the captions' conversion rates, each caption weighing alike, a fraction.
  SAFE_DIVIDE(s.sum_avg_conversion_rate, s.caption_count) AS mean_conversion_rate,
  --: Mean of the captions' mean expected monetary value, each caption weighing alike, US dollars.
  SAFE_DIVIDE(s.sum_avg_emv, s.caption_count) AS mean_emv,
  --: Revenue per observed message, US dollars; null without observations.
  SAFE_DIVIDE(s.total_revenue, s.total_observations) AS revenue_per_observation,
  s.last_used
FROM `eros_scheduling_brain.caption_stats_summary` AS s;
