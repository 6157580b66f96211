-- Sums per Los Angeles day, the shared second step of everything that looks at days: of each page (is_platform
-- FALSE), and of all other pages together (TRUE: the platform that the page is compared with).
-- Sums, not rates: rates of any set of days are ratios of these sums, so a send to ten fans does not weigh like
-- one to ten thousand. The ppv_ columns are the PPV messages' share of the columns of the same name.
-- The platform is everybody less the page itself, so that the messages are added up once for all pages.
-- Days without messages have no row. The first and the last day of the window may be incomplete.
-- Read by: calculate_engagement_rates, detect_anomalies, weekday_baseline, baseline_deviations.
-- Source: messages_of_pages (the pages), message_facts (everybody).
CREATE OR REPLACE TABLE FUNCTION `eros_scheduling_brain.daily_totals_at`(
  p_page_names ARRAY<STRING>,
  p_lookback_days INT64,
  p_now TIMESTAMP
)
RETURNS TABLE<
  page_name STRING,
  is_platform BOOL,
  la_date DATE,
  day_of_week_la INT64,
  message_count INT64,
  sent_count INT64,
  viewed_count INT64,
  purchased_count INT64,
  earnings FLOAT64,
  ppv_sent_count INT64,
  ppv_viewed_count INT64,
  ppv_purchased_count INT64,
  ppv_earnings FLOAT64
>
OPTIONS(description="Message sums per Los Angeles day of each page and of all its other pages together; shared step of the daily figures.")
AS
SELECT
  c.page_name, c.is_platform, c.la_date, c.day_of_week_la, c.message_count,
  c.sent_count, c.viewed_count, c.purchased_count, c.earnings,
  c.ppv_sent_count, c.ppv_viewed_count, c.ppv_purchased_count, c.ppv_earnings
FROM (
  WITH page AS (
    SELECT DISTINCT LOWER(TRIM(name)) AS page_name
    FROM UNNEST(p_page_names) AS name
    WHERE TRIM(name) != ''
  ),
  own AS (
    SELECT
      m.page_name,
      m.la_date,
      m.day_of_week_la,
      COUNT(*) AS message_count,
      SUM(m.sent_count) AS sent_count,
      SUM(m.viewed_count) AS viewed_count,
      SUM(m.purchased_count) AS purchased_count,
      SUM(m.earnings) AS earnings,
      SUM(IF(m.message_type = 'PPV', m.sent_count, 0)) AS ppv_sent_count,
      SUM(IF(m.message_type = 'PPV', m.viewed_count, 0)) AS ppv_viewed_count,
      SUM(IF(m.message_type = 'PPV', m.purchased_count, 0)) AS ppv_purchased_count,
      SUM(IF(m.message_type = 'PPV', m.earnings, 0)) AS ppv_earnings
    FROM `eros_scheduling_brain.messages_of_pages_at`(p_page_names, p_lookback_days, p_now) AS m
    GROUP BY m.page_name, m.la_date, m.day_of_week_la
  ),
  everybody AS (
    SELECT
      m.la_date,
      m.day_of_week_la,
      COUNT(*) AS message_count,
      SUM(m.sent_count) AS sent_count,
      SUM(m.viewed_count) AS viewed_count,
      SUM(m.purchased_count) AS purchased_count,
      SUM(m.earnings) AS earnings,
      SUM(IF(m.message_type = 'PPV', m.sent_count, 0)) AS ppv_sent_count,
      SUM(IF(m.message_type = 'PPV', m.viewed_count, 0)) AS ppv_viewed_count,
      SUM(IF(m.message_type = 'PPV', m.purchased_count, 0)) AS ppv_purchased_count,
      SUM(IF(m.message_type = 'PPV', m.earnings, 0)) AS ppv_earnings
    FROM `eros_scheduling_brain.message_facts` AS m
    WHERE m.sending_time
        > TIMESTAMP_SUB(p_now, INTERVAL IF(p_lookback_days > 0, LEAST(p_lookback_days, 36500), 90) * 24 HOUR)
      AND m.sending_time <= p_now
    GROUP BY m.la_date, m.day_of_week_la
  )
  SELECT
    own.page_name, FALSE AS is_platform, own.la_date, own.day_of_week_la, own.message_count,
    own.sent_count, own.viewed_count, own.purchased_count, own.earnings,
    own.ppv_sent_count, own.ppv_viewed_count, own.ppv_purchased_count, own.ppv_earnings
  FROM own
  UNION ALL
  SELECT
    page.page_name,
    TRUE AS is_platform,
    everybody.la_date,
    everybody.day_of_week_la,
    everybody.message_count - COALESCE(own.message_count, 0) AS message_count,
    everybody.sent_count - COALESCE(own.sent_count, 0) AS sent_count,
    everybody.viewed_count - COALESCE(own.viewed_count, 0) AS viewed_count,
    everybody.purchased_count - COALESCE(own.purchased_count, 0) AS purchased_count,
    everybody.earnings - COALESCE(own.earnings, 0) AS earnings,
    everybody.ppv_sent_count - COALESCE(own.ppv_sent_count, 0) AS ppv_sent_count,
    everybody.ppv_viewed_count - COALESCE(own.ppv_viewed_count, 0) AS ppv_viewed_count,
    everybody.ppv_purchased_count - COALESCE(own.ppv_purchased_count, 0) AS ppv_purchased_count,
    everybody.ppv_earnings - COALESCE(own.ppv_earnings, 0) AS ppv_earnings
  FROM page
  CROSS JOIN everybody
  LEFT JOIN own ON own.page_name = page.page_name AND own.la_date = everybody.la_date
  WHERE everybody.message_count > COALESCE(own.message_count, 0)
) AS c;
