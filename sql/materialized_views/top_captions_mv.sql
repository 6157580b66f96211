-- Captions that did well on at least one page (lower bound of the success rate 0.4 or more), summed over those
-- pages. Sums and counts only, as an incremental refresh needs; order, text and rates are in top_captions_v.
-- Refreshed once a day, not after each of the four runs that change the statistics: each refresh is billed.
CREATE OR REPLACE MATERIALIZED VIEW `eros_scheduling_brain.top_captions_mv`
OPTIONS(
  description="Captions of the medium and high performance tier summed over their pages; text and rates in top_captions_v.",
  enable_refresh=true,
  refresh_interval_minutes=1440
)
AS
SELECT
  b.caption_id,
  COUNT(*) AS page_count,
  SUM(b.successes) AS successes,
  SUM(b.failures) AS failures,
  SUM(b.total_observations) AS total_observations,
  SUM(b.total_revenue) AS total_revenue,
  MAX(b.confidence_lower_bound) AS best_lower_bound,
  MAX(b.last_used) AS last_used
FROM `eros_scheduling_brain.caption_bandit_stats` AS b
WHERE b.confidence_lower_bound >= 0.4
GROUP BY b.caption_id;
