-- Which content sells on one page, by category and price tier, with its trend and the tier it sells best at; see
-- content_categories_at for the rules.
-- Source: content_categories.
CREATE OR REPLACE TABLE FUNCTION `eros_scheduling_brain.analyze_content_categories_at`(
  p_page_name STRING,
  p_lookback_days INT64,
  p_now TIMESTAMP
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
  content.content_category,
  content.price_tier,
  content.msg_count,
  content.avg_rpr,
  content.avg_conv,
  content.trend_pct,
  content.trend_direction,
  content.price_sensitivity_corr,
  content.best_price_tier
FROM `eros_scheduling_brain.content_categories_at`([p_page_name], p_lookback_days, p_now) AS content;
