-- What the buyers of each page are like: how much a recipient brings, and how that moves with the price.
-- Reads PPV messages with recipients. avg_rpr and avg_conv are ratios of sums; slope and correlations look at
-- single messages with a price: slope = cov(price, rpr) / var(price), in rpr per unit of price.
-- category_entropy: -sum p ln p over the content categories of messages whose caption is in the bank; 0 = always
-- the same category.
-- One row a page: with fewer than 20 messages the label is EXPLORATORY, with none everything else is null.
-- Read by: analyze_behavioral_segments, performance_reports. Source: messages_of_pages, caption_bank.
CREATE OR REPLACE TABLE FUNCTION `eros_scheduling_brain.behavioral_segments_at`(
  p_page_names ARRAY<STRING>,
  p_lookback_days INT64,
  p_now TIMESTAMP
)
RETURNS TABLE<
  --: One of p_page_names: lower case, trimmed; one row each.
  page_name STRING,
  --: BUDGET, STANDARD, PREMIUM, LUXURY by avg_rpr (below 0.5, 2, 5 US dollars, above); EXPLORATORY below 20 messages.
  segment_label STRING,
  --: Earnings / recipients of the PPV messages in US dollars, 6 decimals; null without messages.
  avg_rpr FLOAT64,
  --: Purchases / views of the PPV messages, a fraction, 4 decimals; null without views.
  avg_conv FLOAT64,
  --: Change of rpr with each US dollar of price, over messages with a price, 6 decimals; null unless two prices occur.
  rpr_price_slope FLOAT64,
  --: Correlation of price and rpr over messages with a price, -1 to 1, 4 decimals; null when one of them never varies.
  rpr_price_corr FLOAT64,
  --: Correlation of price and conversion rate over messages with a price, -1 to 1, 4 decimals; null when one of them
  --: never varies.
  conv_price_elasticity_proxy FLOAT64,
  --: Entropy -sum p ln p over the content categories of messages with a known caption, 4 decimals: 0 = always the same;
  --: null without such messages.
  category_entropy FLOAT64,
  --: PPV messages with recipients in the window; 0 when none.
  sample_size INT64
>
OPTIONS(description="Spending segment of each page from its PPV messages, with price slope, correlations and category entropy; one row a page.")
AS
SELECT
  c.page_name,
  CASE
    WHEN c.sample_size < 20 OR c.avg_rpr IS NULL THEN 'EXPLORATORY'
    WHEN ROUND(c.avg_rpr, 6) < 0.5 THEN 'BUDGET'
    WHEN ROUND(c.avg_rpr, 6) < 2 THEN 'STANDARD'
    WHEN ROUND(c.avg_rpr, 6) < 5 THEN 'PREMIUM'
    ELSE 'LUXURY'
  END AS segment_label,
  ROUND(c.avg_rpr, 6) AS avg_rpr,
  ROUND(c.avg_conv, 4) AS avg_conv,
  ROUND(c.rpr_price_slope, 6) AS rpr_price_slope,
  -- The correlation with a constant is NaN, which says nothing: null.
  ROUND(IF(IS_NAN(c.rpr_price_corr), NULL, c.rpr_price_corr), 4) AS rpr_price_corr,
  ROUND(IF(IS_NAN(c.conv_price_corr), NULL, c.conv_price_corr), 4) AS conv_price_elasticity_proxy,
  ROUND(c.category_entropy, 4) AS category_entropy,
  c.sample_size
FROM (
  WITH page AS (
    SELECT DISTINCT LOWER(TRIM(name)) AS page_name
    FROM UNNEST(p_page_names) AS name
  ),
  category AS (
    -- Ids are unique in the bank, but nothing enforces that; a message must not count twice because of it.
    SELECT b.caption_id, COALESCE(MIN(b.content_category), '') AS content_category
    FROM `eros_scheduling_brain.caption_bank` AS b
    GROUP BY b.caption_id
  ),
  ppv_message AS (
    SELECT
      w.page_name, w.price, w.sent_count, w.viewed_count, w.purchased_count, w.earnings, w.rpr, w.conversion_rate,
      category.content_category IS NOT NULL AS is_in_bank,
      COUNT(*) OVER (PARTITION BY w.page_name, category.content_category) AS category_messages,
      COUNT(category.content_category) OVER (PARTITION BY w.page_name) AS banked_messages
    FROM `eros_scheduling_brain.messages_of_pages_at`(p_page_names, p_lookback_days, p_now) AS w
    LEFT JOIN category ON category.caption_id = w.caption_id
    WHERE w.message_type = 'PPV' AND w.sent_count > 0
  ),
  totals AS (
    SELECT
      m.page_name,
      COUNT(*) AS sample_size,
      SAFE_DIVIDE(SUM(m.earnings), SUM(m.sent_count)) AS avg_rpr,
      SAFE_DIVIDE(SUM(m.purchased_count), SUM(m.viewed_count)) AS avg_conv,
      -- A slope needs two prices; asking the variance would let floating-point noise pass for one.
      IF(
        MIN(IF(m.price > 0, m.price, NULL)) < MAX(IF(m.price > 0, m.price, NULL)),
        COVAR_SAMP(IF(m.price > 0, m.price, NULL), m.rpr) / VAR_SAMP(IF(m.price > 0, m.price, NULL)),
        NULL
      ) AS rpr_price_slope,
      CORR(IF(m.price > 0, m.price, NULL), m.rpr) AS rpr_price_corr,
      CORR(IF(m.price > 0, m.price, NULL), m.conversion_rate) AS conv_price_corr,
      -- -sum p ln p over categories is the mean of ln(1 / p) over messages: p is the share of the message's own.
      AVG(IF(m.is_in_bank, LN(m.banked_messages / m.category_messages), NULL)) AS category_entropy
    FROM ppv_message AS m
    GROUP BY m.page_name
  )
  SELECT
    page.page_name,
    COALESCE(totals.sample_size, 0) AS sample_size,
    totals.avg_rpr,
    totals.avg_conv,
    totals.rpr_price_slope,
    totals.rpr_price_corr,
    totals.conv_price_corr,
    totals.category_entropy
  FROM page
  LEFT JOIN totals ON totals.page_name = page.page_name
) AS c;
