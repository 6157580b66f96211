-- Sums per Los Angeles day, the shared second step of everything that looks at days: of one page (p_others
-- FALSE) or of all other pages together (p_others TRUE, the platform that a page is compared with).
-- Sums, not rates: rates of any set of days are ratios of these sums, so a send to ten fans does not weigh like
-- one to ten thousand. The ppv_ columns are the PPV messages' share of the columns of the same name.
-- Days without messages have no row. The first and the last day of the window may be incomplete.
-- Read by: calculate_engagement_rates, detect_anomalies, weekday_baseline, baseline_deviations.
-- Source: get_recent_performance_window (one page), message_facts (all others).
CREATE OR REPLACE TABLE FUNCTION `eros_scheduling_brain.daily_totals_at`(
  p_page_name STRING,
  p_others BOOL,
  p_lookback_days INT64,
  p_now TIMESTAMP
)
RETURNS TABLE<
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
OPTIONS(description="Message sums per Los Angeles day of one page, or of all other pages together; shared step of the daily figures.")
AS
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
FROM (
  SELECT
    own.la_date, own.day_of_week_la, own.message_type,
    own.sent_count, own.viewed_count, own.purchased_count, own.earnings
  FROM `eros_scheduling_brain.get_recent_performance_window_at`(p_page_name, p_lookback_days, p_now) AS own
  WHERE NOT p_others
  UNION ALL
  SELECT
    rival.la_date, rival.day_of_week_la, rival.message_type,
    rival.sent_count, rival.viewed_count, rival.purchased_count, rival.earnings
  FROM `eros_scheduling_brain.message_facts` AS rival
  WHERE p_others
    AND rival.page_name != LOWER(TRIM(p_page_name))
    AND rival.sending_time
      > TIMESTAMP_SUB(p_now, INTERVAL IF(p_lookback_days > 0, LEAST(p_lookback_days, 36500), 90) * 24 HOUR)
    AND rival.sending_time <= p_now
) AS m
GROUP BY m.la_date, m.day_of_week_la;
