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
  --: Pages on which the caption did well: confidence_lower_bound 0.4 or more.
  COUNT(*) AS page_count,
  --: Sum of successes over those pages, with the prior 1 of each.
  SUM(b.successes) AS successes,
  --: Sum of failures over those pages, with the prior 1 of each.
  SUM(b.failures) AS failures,
  --: Messages of the feedback window on those pages that carry the caption.
  SUM(b.total_observations) AS total_observations,
  --: Earnings of those messages in US dollars.
  SUM(b.total_revenue) AS total_revenue,
  --: Highest confidence_lower_bound of those pages, 0.4 to 1.
  MAX(b.confidence_lower_bound) AS best_lower_bound,
  --: Sending time of the latest of those messages; null when there is none.
  MAX(b.last_used) AS last_used
FROM `eros_scheduling_brain.caption_bandit_stats` AS b
WHERE b.confidence_lower_bound >= 0.4
GROUP BY b.caption_id;
