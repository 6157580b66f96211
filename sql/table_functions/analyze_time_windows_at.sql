-- Which Los Angeles hours sell on a page, on weekdays and on weekends (Saturday, Sunday).
-- Reads PPV messages with recipients; rates are ratios of sums. confidence says how many messages stand behind
-- an hour: 10 and more HIGH_CONF, 5 and more MED_CONF, else LOW_CONF.
-- Read by: analyze_creator_performance. Source: get_recent_performance_window.
CREATE OR REPLACE TABLE FUNCTION `eros_scheduling_brain.analyze_time_windows_at`(
  p_page_name STRING,
  p_lookback_days INT64,
  p_now TIMESTAMP
)
RETURNS TABLE<
  day_type STRING,
  hour_la INT64,
  n INT64,
  avg_rpr FLOAT64,
  avg_conv FLOAT64,
  confidence STRING
>
OPTIONS(description="RPR and conversion of a page per day type and Los Angeles hour, with the confidence that the number of messages allows.")
AS
SELECT
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
FROM `eros_scheduling_brain.get_recent_performance_window_at`(p_page_name, p_lookback_days, p_now) AS w
WHERE w.message_type = 'PPV' AND w.sent_count > 0
GROUP BY w.day_type, w.la_hour;
