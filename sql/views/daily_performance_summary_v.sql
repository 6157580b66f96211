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
  --: Messages that are not PPV.
  d.message_count - d.ppv_count AS bump_count,
  d.sent_count,
  d.earnings AS total_revenue,
  --: viewed_count / sent_count over all messages, a fraction; null without recipients.
  SAFE_DIVIDE(d.viewed_count, d.sent_count) AS view_rate,
  --: Purchases / views of the PPV messages, a fraction; null without PPV views.
  SAFE_DIVIDE(d.ppv_purchased_count, d.ppv_viewed_count) AS conversion_rate,
  --: Revenue per recipient of the PPV messages in US dollars; null without PPV recipients.
  SAFE_DIVIDE(d.ppv_earnings, d.ppv_sent_count) AS rpr
FROM `eros_scheduling_brain.daily_performance_summary` AS d;
