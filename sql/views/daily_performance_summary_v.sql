-- The rates that belong to daily_performance_summary, which holds sums only.
-- View rate over all messages, rpr and conversion over PPV messages. The latest day is unfinished, and rows dated
-- in the future stay in: readers bound la_date.
-- Read by: dashboards, KPIs. Source: daily_performance_summary.
CREATE OR REPLACE VIEW `eros_scheduling_brain.daily_performance_summary_v`
OPTIONS(description="Messages, revenue and rates per Los Angeles day and page.")
AS
SELECT
  d.la_date,
  d.page_name,
  d.message_count,
  d.ppv_count,
  d.message_count - d.ppv_count AS bump_count,
  d.sent_count,
  d.earnings AS total_revenue,
  SAFE_DIVIDE(d.viewed_count, d.sent_count) AS view_rate,
  SAFE_DIVIDE(d.ppv_purchased_count, d.ppv_viewed_count) AS conversion_rate,
  SAFE_DIVIDE(d.ppv_earnings, d.ppv_sent_count) AS rpr
FROM `eros_scheduling_brain.daily_performance_summary` AS d;
