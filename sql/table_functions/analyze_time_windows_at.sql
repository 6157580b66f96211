-- Which Los Angeles hours sell on one page, on weekdays and on weekends; see time_windows_at for the rules.
-- Source: time_windows.
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
  slot.day_type,
  slot.hour_la,
  slot.n,
  slot.avg_rpr,
  slot.avg_conv,
  slot.confidence
FROM `eros_scheduling_brain.time_windows_at`([p_page_name], p_lookback_days, p_now) AS slot;
