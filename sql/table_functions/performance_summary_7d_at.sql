-- The last seven days of every page in one row a page.
-- unlock_rate (views of recipients) over all messages, conversion_rate and avg_revenue_per_ppv over PPV messages.
-- account_size_tier here goes by the largest audience and is written small; the tier that sets volumes is the
-- one of classify_account_size.
-- Read by: performance_summary_7d. Source: message_facts.
CREATE OR REPLACE TABLE FUNCTION `eros_scheduling_brain.performance_summary_7d_at`(p_now TIMESTAMP)
RETURNS TABLE<
  page_name STRING,
  --: Messages of the page in the 7 days (of 24 hours) before p_now.
  message_count INT64,
  --: Of those, PPV messages.
  ppv_count INT64,
  --: Of those, bumps.
  bump_count INT64,
  --: Purchases / views of the PPV messages, a fraction; null without PPV views.
  conversion_rate FLOAT64,
  --: Views / recipients over all messages, a fraction (a view rate under its older name); null without recipients.
  unlock_rate FLOAT64,
  --: Revenue of all messages in US dollars.
  total_revenue FLOAT64,
  --: Revenue per PPV message in US dollars; null without one.
  avg_revenue_per_ppv FLOAT64,
  --: Recipients of the message with the most of them.
  max_sent_count INT64,
  --: small, medium, large or very_large by max_sent_count: below 10,000, 50,000, 100,000, above.
  account_size_tier STRING,
  --: Los Angeles date of the first of the messages.
  first_date DATE,
  --: Los Angeles date of the last of the messages.
  last_date DATE
>
OPTIONS(description="Messages, rates, revenue and audience of each page over the 7 days before p_now.")
AS
SELECT
  m.page_name,
  COUNT(*) AS message_count,
  COUNTIF(m.message_type = 'PPV') AS ppv_count,
  COUNTIF(m.message_type = 'Bump') AS bump_count,
  SAFE_DIVIDE(
    SUM(IF(m.message_type = 'PPV', m.purchased_count, 0)), SUM(IF(m.message_type = 'PPV', m.viewed_count, 0))
  ) AS conversion_rate,
  SAFE_DIVIDE(SUM(m.viewed_count), SUM(m.sent_count)) AS unlock_rate,
  SUM(m.earnings) AS total_revenue,
  SAFE_DIVIDE(SUM(IF(m.message_type = 'PPV', m.earnings, 0)), COUNTIF(m.message_type = 'PPV')) AS avg_revenue_per_ppv,
  MAX(m.sent_count) AS max_sent_count,
  CASE
    WHEN MAX(m.sent_count) < 10000 THEN 'small'
    WHEN MAX(m.sent_count) < 50000 THEN 'medium'
    WHEN MAX(m.sent_count) < 100000 THEN 'large'
    ELSE 'very_large'
  END AS account_size_tier,
  MIN(m.la_date) AS first_date,
  MAX(m.la_date) AS last_date
FROM `eros_scheduling_brain.message_facts` AS m
WHERE m.sending_time > TIMESTAMP_SUB(p_now, INTERVAL 7 * 24 HOUR)
  AND m.sending_time <= p_now
GROUP BY m.page_name;
