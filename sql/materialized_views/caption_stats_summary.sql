-- The learned statistics of captions summed per page and performance tier (by the lower bound of the success
-- rate: 0.7 and more high, 0.4 and more medium, else low).
-- Sums and counts only: this is what an incremental refresh can keep up to date. Rates are in
-- caption_stats_summary_v.
-- Refreshed once a day, not after each of the four runs that change the statistics: each refresh is billed.
CREATE OR REPLACE MATERIALIZED VIEW `eros_scheduling_brain.caption_stats_summary`
OPTIONS(
  description="Captions, observations and revenue per page and performance tier, as sums; rates in caption_stats_summary_v.",
  enable_refresh=true,
  refresh_interval_minutes=1440
)
AS
SELECT
  b.page_name,
  --: high when confidence_lower_bound is 0.7 or more, medium from 0.4, else (also when it is null) low.
  CASE
    WHEN b.confidence_lower_bound >= 0.7 THEN 'high'
    WHEN b.confidence_lower_bound >= 0.4 THEN 'medium'
    ELSE 'low'
  END AS performance_tier,
  --: Captions of the page in the tier.
  COUNT(*) AS caption_count,
  --: Sum of successes, with the prior 1 of each caption.
  SUM(b.successes) AS successes,
  --: Sum of failures, with the prior 1 of each caption.
  SUM(b.failures) AS failures,
  --: Messages of the feedback window that carry one of the captions.
  SUM(b.total_observations) AS total_observations,
  --: Earnings of those messages in US dollars.
  SUM(b.total_revenue) AS total_revenue,
  --: Sum of the captions' conversion rates, for a mean over captions.
  SUM(b.avg_conversion_rate) AS sum_avg_conversion_rate,
  --: Sum of the captions' mean expected monetary values in US dollars, for a mean over captions.
  SUM(b.avg_emv) AS sum_avg_emv,
  --: Sending time of the latest of those messages; null when no caption has one.
  MAX(b.last_used) AS last_used
FROM `eros_scheduling_brain.caption_bandit_stats` AS b
GROUP BY b.page_name, performance_tier;
