-- Totals and rates of a page over a window, one row per message type and one named ALL.
-- Over all messages; rates are ratios of sums, null where the denominator is 0; a free message has price 0.
-- No message in the window: no rows.
-- Read by: dashboards and reports. Source: get_recent_performance_window.
CREATE OR REPLACE TABLE FUNCTION `eros_scheduling_brain.calculate_performance_metrics_at`(
  p_page_name STRING,
  p_lookback_days INT64,
  p_now TIMESTAMP
)
RETURNS TABLE<
  --: PPV, Bump, or ALL for both together.
  message_type STRING,
  --: Messages in the window.
  message_count INT64,
  --: Recipients, summed over the messages.
  total_sent INT64,
  --: Recipients who opened a message, summed over the messages.
  total_viewed INT64,
  --: Recipients who bought, summed over the messages.
  total_purchased INT64,
  --: Revenue in US dollars.
  total_revenue FLOAT64,
  --: total_viewed / total_sent, a fraction; null without recipients.
  view_rate FLOAT64,
  --: total_purchased / total_viewed, a fraction; null without views.
  conversion_rate FLOAT64,
  --: total_revenue / total_sent in US dollars; null without recipients.
  rpr FLOAT64,
  --: Mean of the messages' expected monetary value in US dollars, by emv().
  avg_emv FLOAT64,
  --: Median price of the messages in US dollars; free ones count as 0.
  median_price FLOAT64
>
OPTIONS(description="Totals, rates, mean EMV and median price of a page per message type and for ALL messages of a window.")
AS
SELECT
  m.message_type,
  COUNT(*) AS message_count,
  SUM(m.sent_count) AS total_sent,
  SUM(m.viewed_count) AS total_viewed,
  SUM(m.purchased_count) AS total_purchased,
  SUM(m.earnings) AS total_revenue,
  SAFE_DIVIDE(SUM(m.viewed_count), SUM(m.sent_count)) AS view_rate,
  SAFE_DIVIDE(SUM(m.purchased_count), SUM(m.viewed_count)) AS conversion_rate,
  SAFE_DIVIDE(SUM(m.earnings), SUM(m.sent_count)) AS rpr,
  AVG(m.emv) AS avg_emv,
  MAX(m.median_price) AS median_price
FROM (
  -- Each message counts once for its own type and once for ALL.
  SELECT
    type_or_all AS message_type,
    w.sent_count,
    w.viewed_count,
    w.purchased_count,
    w.earnings,
    w.emv,
    PERCENTILE_CONT(w.price, 0.5) OVER (PARTITION BY type_or_all) AS median_price
  FROM `eros_scheduling_brain.get_recent_performance_window_at`(p_page_name, p_lookback_days, p_now) AS w
  CROSS JOIN UNNEST([w.message_type, 'ALL']) AS type_or_all
) AS m
GROUP BY m.message_type;
