-- calculate_performance_metrics_at at the present moment, for people and reports; the rules stand there.
CREATE OR REPLACE TABLE FUNCTION `eros_scheduling_brain.calculate_performance_metrics`(
  p_page_name STRING,
  p_lookback_days INT64
)
RETURNS TABLE<
  message_type STRING,
  message_count INT64,
  total_sent INT64,
  total_viewed INT64,
  total_purchased INT64,
  total_revenue FLOAT64,
  view_rate FLOAT64,
  conversion_rate FLOAT64,
  rpr FLOAT64,
  avg_emv FLOAT64,
  median_price FLOAT64
>
OPTIONS(description="Totals, rates, mean EMV and median price of a page per message type and for ALL messages of a window.")
AS
SELECT
  r.message_type,
  r.message_count,
  r.total_sent,
  r.total_viewed,
  r.total_purchased,
  r.total_revenue,
  r.view_rate,
  r.conversion_rate,
  r.rpr,
  r.avg_emv,
  r.median_price
FROM `eros_scheduling_brain.calculate_performance_metrics_at`(p_page_name, p_lookback_days, CURRENT_TIMESTAMP()) AS r;
