-- Sums per Los Angeles day, the shared second step of everything that looks at days: of each page (is_platform
-- FALSE), and of all other pages together (TRUE: the platform that the page is compared with).
-- Sums, not rates: rates of any set of days are ratios of these sums, so a send to ten fans does not weigh like
-- one to ten thousand. The ppv_ columns are the PPV messages' share of the columns of the same name.
-- The platform is everybody less the page itself, so that the messages are read and added up once for all pages.
-- Days without messages have no row. The first and the last day of the window may be incomplete.
-- Read by: calculate_engagement_rates, detect_anomalies, weekday_baseline, baseline_deviations.
-- Source: message_facts.
CREATE OR REPLACE TABLE FUNCTION `eros_scheduling_brain.daily_totals_at`(
  p_page_names ARRAY<STRING>,
  p_lookback_days INT64,
  p_now TIMESTAMP
)
RETURNS TABLE<
  --: One of p_page_names: lower case, trimmed.
  page_name STRING,
  --: FALSE: sums of the page itself. TRUE: of all other pages together.
  is_platform BOOL,
  --: Los Angeles date on which the messages were sent.
  la_date DATE,
  --: Weekday of la_date: 1 Sunday to 7 Saturday.
  day_of_week_la INT64,
  --: Messages, at least 1.
  message_count INT64,
  --: Recipients, summed over the messages.
  sent_count INT64,
  --: Recipients who opened a message, summed over the messages.
  viewed_count INT64,
  --: Recipients who bought, summed over the messages.
  purchased_count INT64,
  --: Revenue in US dollars.
  earnings FLOAT64,
  --: Recipients of the PPV messages.
  ppv_sent_count INT64,
  --: Recipients who opened a PPV message.
  ppv_viewed_count INT64,
  --: Recipients who bought a PPV message.
  ppv_purchased_count INT64,
  --: Revenue of the PPV messages in US dollars.
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
    -- A name that is none has no messages of its own, whatever the source holds; the platform is everybody then.
    SELECT DISTINCT
      LOWER(TRIM(name)) AS page_name,
      `eros_scheduling_brain.validate_input`(LOWER(TRIM(name)), 100) AS is_page_name
    FROM UNNEST(p_page_names) AS name
    WHERE TRIM(name) != ''
  ),
  counted AS (
    SELECT
      m.page_name,
      m.la_date,
      1 AS message_count,
      m.sent_count,
      m.viewed_count,
      m.purchased_count,
      m.earnings,
      m.message_type = 'PPV' AS is_ppv
    FROM `eros_scheduling_brain.message_facts` AS m
    WHERE m.sending_time
        > TIMESTAMP_SUB(p_now, INTERVAL IF(p_lookback_days > 0, LEAST(p_lookback_days, 36500), 90) * 24 HOUR)
      AND m.sending_time <= p_now
    UNION ALL
    -- Nothing on every day of each page, so that the platform has its days where the page was silent.
    SELECT
      page.page_name, la_date, 0 AS message_count, 0 AS sent_count, 0 AS viewed_count, 0 AS purchased_count,
      0.0 AS earnings, FALSE AS is_ppv
    FROM page
    CROSS JOIN UNNEST(GENERATE_DATE_ARRAY(
      DATE(
        TIMESTAMP_SUB(p_now, INTERVAL IF(p_lookback_days > 0, LEAST(p_lookback_days, 36500), 90) * 24 HOUR),
        'America/Los_Angeles'
      ),
      DATE(p_now, 'America/Los_Angeles')
    )) AS la_date
  ),
  page_day AS (
    SELECT
      m.page_name,
      m.la_date,
      SUM(m.message_count) AS message_count,
      SUM(m.sent_count) AS sent_count,
      SUM(m.viewed_count) AS viewed_count,
      SUM(m.purchased_count) AS purchased_count,
      SUM(m.earnings) AS earnings,
      SUM(IF(m.is_ppv, m.sent_count, 0)) AS ppv_sent_count,
      SUM(IF(m.is_ppv, m.viewed_count, 0)) AS ppv_viewed_count,
      SUM(IF(m.is_ppv, m.purchased_count, 0)) AS ppv_purchased_count,
      SUM(IF(m.is_ppv, m.earnings, 0)) AS ppv_earnings
    FROM counted AS m
    GROUP BY m.page_name, m.la_date
  ),
  with_everybody AS (
    SELECT
      d.*,
      SUM(d.message_count) OVER (PARTITION BY d.la_date) AS all_message_count,
      SUM(d.sent_count) OVER (PARTITION BY d.la_date) AS all_sent_count,
      SUM(d.viewed_count) OVER (PARTITION BY d.la_date) AS all_viewed_count,
      SUM(d.purchased_count) OVER (PARTITION BY d.la_date) AS all_purchased_count,
      SUM(d.earnings) OVER (PARTITION BY d.la_date) AS all_earnings,
      SUM(d.ppv_sent_count) OVER (PARTITION BY d.la_date) AS all_ppv_sent_count,
      SUM(d.ppv_viewed_count) OVER (PARTITION BY d.la_date) AS all_ppv_viewed_count,
      SUM(d.ppv_purchased_count) OVER (PARTITION BY d.la_date) AS all_ppv_purchased_count,
      SUM(d.ppv_earnings) OVER (PARTITION BY d.la_date) AS all_ppv_earnings
    FROM page_day AS d
  ),
  own_and_platform AS (
    SELECT
      d.page_name,
      is_platform,
      d.la_date,
      -- The page's sums as they are; the platform's without them.
      IF(is_platform, d.all_message_count - IF(page.is_page_name, d.message_count, 0), d.message_count)
        AS message_count,
      IF(is_platform, d.all_sent_count - IF(page.is_page_name, d.sent_count, 0), d.sent_count) AS sent_count,
      IF(is_platform, d.all_viewed_count - IF(page.is_page_name, d.viewed_count, 0), d.viewed_count)
        AS viewed_count,
      IF(is_platform, d.all_purchased_count - IF(page.is_page_name, d.purchased_count, 0), d.purchased_count)
        AS purchased_count,
      IF(is_platform, d.all_earnings - IF(page.is_page_name, d.earnings, 0), d.earnings) AS earnings,
      IF(is_platform, d.all_ppv_sent_count - IF(page.is_page_name, d.ppv_sent_count, 0), d.ppv_sent_count)
        AS ppv_sent_count,
      IF(is_platform, d.all_ppv_viewed_count - IF(page.is_page_name, d.ppv_viewed_count, 0), d.ppv_viewed_count)
        AS ppv_viewed_count,
      IF(
        is_platform, d.all_ppv_purchased_count - IF(page.is_page_name, d.ppv_purchased_count, 0),
        d.ppv_purchased_count
      ) AS ppv_purchased_count,
      IF(is_platform, d.all_ppv_earnings - IF(page.is_page_name, d.ppv_earnings, 0), d.ppv_earnings)
        AS ppv_earnings
    FROM with_everybody AS d
    INNER JOIN page ON page.page_name = d.page_name
    CROSS JOIN UNNEST([FALSE, TRUE]) AS is_platform
    WHERE is_platform OR page.is_page_name
  )
  SELECT
    t.page_name,
    t.is_platform,
    t.la_date,
    EXTRACT(DAYOFWEEK FROM t.la_date) AS day_of_week_la,
    CAST(t.message_count AS INT64) AS message_count,
    CAST(t.sent_count AS INT64) AS sent_count,
    CAST(t.viewed_count AS INT64) AS viewed_count,
    CAST(t.purchased_count AS INT64) AS purchased_count,
    t.earnings,
    CAST(t.ppv_sent_count AS INT64) AS ppv_sent_count,
    CAST(t.ppv_viewed_count AS INT64) AS ppv_viewed_count,
    CAST(t.ppv_purchased_count AS INT64) AS ppv_purchased_count,
    t.ppv_earnings
  FROM own_and_platform AS t
  WHERE t.message_count > 0
) AS c;
