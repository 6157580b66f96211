-- analyze_content_categories_at at the present moment, for people and reports; the rules stand there.
CREATE OR REPLACE TABLE FUNCTION `eros_scheduling_brain.analyze_content_categories`(
  p_page_name STRING,
  p_lookback_days INT64
)
RETURNS TABLE<
  content_category STRING,
  price_tier STRING,
  msg_count INT64,
  avg_rpr FLOAT64,
  avg_conv FLOAT64,
  trend_pct FLOAT64,
  trend_direction STRING,
  price_sensitivity_corr FLOAT64,
  best_price_tier STRING
>
OPTIONS(description="PPV results of a page per content category and price tier, with trend, price sensitivity and best tier of the category.")
AS
SELECT
  r.content_category,
  r.price_tier,
  r.msg_count,
  r.avg_rpr,
  r.avg_conv,
  r.trend_pct,
  r.trend_direction,
  r.price_sensitivity_corr,
  r.best_price_tier
FROM `eros_scheduling_brain.analyze_content_categories_at`(p_page_name, p_lookback_days, CURRENT_TIMESTAMP()) AS r;
