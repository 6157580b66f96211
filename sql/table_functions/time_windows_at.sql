-- Which Los Angeles hours sell on each page, on weekdays and on weekends (Saturday, Sunday).
-- Reads PPV messages with recipients; rates are ratios of sums. confidence says how many messages stand behind
-- an hour: 10 and more HIGH_CONF, 5 and more MED_CONF, else LOW_CONF.
-- Read by: analyze_time_windows, performance_reports. Source: messages_of_pages.
CREATE OR REPLACE TABLE FUNCTION `eros_scheduling_brain.time_windows_at`(
  p_page_names ARRAY<STRING>,
  p_lookback_days INT64,
  p_now TIMESTAMP
)
RETURNS TABLE<
  page_name STRING,
  day_type STRING,
  hour_la INT64,
  --: PPV messages with recipients in that hour.
  n INT64,
  --: Earnings / recipients of those messages in US dollars.
  avg_rpr FLOAT64,
  --: Purchases / views of those messages, a fraction; null without views.
  avg_conv FLOAT64,
  --: HIGH_CONF from 10 messages, MED_CONF from 5, else LOW_CONF.
  confidence STRING
>
OPTIONS(description="RPR and conversion of each page per day type and Los Angeles hour, with the confidence that the number of messages allows.")
AS
SELECT
  w.page_name,
  w.day_type,
  w.la_hour AS hour_la,
  COUNT(*) AS n,
  SAFE_DIVIDE(SUM(w.earnings), SUM(w.sent_count)) AS avg_rpr,
  SAFE_DIVIDE(SUM(w.purchased_count), SUM(w.viewed_count)) AS avg_conv,
  CASE
    WHEN COUNT(*) >= 10 THEN 'HIGH_CONF'
    WHEN COUNT(*) >= 5 THEN 'MED_CONF'
    ELSE 'LOW_CONF'
  END AS confidence
FROM `eros_scheduling_brain.messages_of_pages_at`(p_page_names, p_lookback_days, p_now) AS w
WHERE w.message_type = 'PPV' AND w.sent_count > 0
GROUP BY w.page_name, w.day_type, w.la_hour;
