-- recommendation_analytics_at at the present moment; the rules stand there.
-- Read by: reports on schedules.
CREATE OR REPLACE VIEW `eros_scheduling_brain.recommendation_analytics`
OPTIONS(description="Schedules, messages, repeats, mean score and sent share of what was recommended to each page in the last 30 days.")
AS
SELECT
  r.page_name,
  r.schedules,
  r.messages,
  r.ppv_count,
  r.bump_count,
  r.distinct_captions,
  r.repeats,
  r.avg_performance_score,
  r.scheduled_count,
  r.sent_count
FROM `eros_scheduling_brain.recommendation_analytics_at`(CURRENT_TIMESTAMP()) AS r;
