-- Which content sells on each page, by category and price tier, where it is going and at which tier it sells best.
-- Reads PPV messages with recipients whose caption is in the bank. Rates are ratios of sums.
-- Trend: rpr of the last 30 days against the 30 days before, both half-open: more than +10 % RISING, less than
-- -10 % DECLINING, else STABLE; UNKNOWN when a half holds no message or the earlier one earned nothing (a
-- lookback of 30 days or less leaves the earlier half empty).
-- best_price_tier: highest rpr within the category of the page, then more messages, then the name.
-- Read by: analyze_content_categories, performance_reports. Source: messages_of_pages, caption_bank.
CREATE OR REPLACE TABLE FUNCTION `eros_scheduling_brain.content_categories_at`(
  p_page_names ARRAY<STRING>,
  p_lookback_days INT64,
  p_now TIMESTAMP
)
RETURNS TABLE<
  page_name STRING,
  content_category STRING,
  --: Price tier of the captions in lower case; null where the bank has none.
  price_tier STRING,
  --: PPV messages with recipients in the window that carry a caption of the category and tier.
  msg_count INT64,
  --: Earnings / recipients of those messages in US dollars.
  avg_rpr FLOAT64,
  --: Purchases / views of those messages, a fraction; null without views.
  avg_conv FLOAT64,
  --: Change of rpr from the 30 days before the last 30 days to the last 30 days, in percent, 1 decimal; null when a
  --: half holds no message or the earlier one earned nothing.
  trend_pct FLOAT64,
  --: RISING above +10 %, DECLINING below -10 %, else STABLE; UNKNOWN where trend_pct is null.
  trend_direction STRING,
  --: Correlation of price and conversion rate over those messages, -1 to 1, 4 decimals; null when one of them never
  --: varies.
  price_sensitivity_corr FLOAT64,
  --: Price tier with the highest rpr within the page's category; of equal ones the one with more messages.
  best_price_tier STRING
>
OPTIONS(description="PPV results of each page per content category and price tier, with trend, price sensitivity and best tier of the category.")
AS
SELECT
  c.page_name,
  c.content_category,
  c.price_tier,
  c.msg_count,
  c.avg_rpr,
  c.avg_conv,
  ROUND(c.trend_pct, 1) AS trend_pct,
  CASE
    WHEN c.trend_pct IS NULL THEN 'UNKNOWN'
    WHEN ROUND(c.trend_pct, 6) > 10 THEN 'RISING'
    WHEN ROUND(c.trend_pct, 6) < -10 THEN 'DECLINING'
    ELSE 'STABLE'
  END AS trend_direction,
  ROUND(IF(IS_NAN(c.price_conv_corr), NULL, c.price_conv_corr), 4) AS price_sensitivity_corr,
  c.best_price_tier
FROM (
  WITH captioned_message AS (
    SELECT
      w.page_name,
      b.content_category,
      LOWER(b.price_tier) AS price_tier,
      w.price,
      w.sent_count,
      w.viewed_count,
      w.purchased_count,
      w.earnings,
      w.conversion_rate,
      w.sending_time > TIMESTAMP_SUB(p_now, INTERVAL 30 * 24 HOUR) AS is_recent,
      w.sending_time <= TIMESTAMP_SUB(p_now, INTERVAL 30 * 24 HOUR)
        AND w.sending_time > TIMESTAMP_SUB(p_now, INTERVAL 60 * 24 HOUR) AS is_earlier
    FROM `eros_scheduling_brain.messages_of_pages_at`(p_page_names, p_lookback_days, p_now) AS w
    INNER JOIN `eros_scheduling_brain.caption_bank` AS b ON b.caption_id = w.caption_id
    WHERE w.message_type = 'PPV' AND w.sent_count > 0
  ),
  combination AS (
    SELECT
      m.page_name,
      m.content_category,
      m.price_tier,
      COUNT(*) AS msg_count,
      SAFE_DIVIDE(SUM(m.earnings), SUM(m.sent_count)) AS avg_rpr,
      SAFE_DIVIDE(SUM(m.purchased_count), SUM(m.viewed_count)) AS avg_conv,
      SAFE_DIVIDE(SUM(IF(m.is_recent, m.earnings, 0)), SUM(IF(m.is_recent, m.sent_count, 0))) AS recent_rpr,
      SAFE_DIVIDE(SUM(IF(m.is_earlier, m.earnings, 0)), SUM(IF(m.is_earlier, m.sent_count, 0))) AS earlier_rpr,
      CORR(m.price, m.conversion_rate) AS price_conv_corr
    FROM captioned_message AS m
    GROUP BY m.page_name, m.content_category, m.price_tier
  )
  SELECT
    x.page_name,
    x.content_category,
    x.price_tier,
    x.msg_count,
    x.avg_rpr,
    x.avg_conv,
    (SAFE_DIVIDE(x.recent_rpr, x.earlier_rpr) - 1) * 100 AS trend_pct,
    x.price_conv_corr,
    FIRST_VALUE(x.price_tier) OVER (
      PARTITION BY x.page_name, x.content_category
      ORDER BY ROUND(x.avg_rpr, 6) DESC, x.msg_count DESC, x.price_tier
    ) AS best_price_tier
  FROM combination AS x
) AS c;
