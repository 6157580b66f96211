-- analyze_time_windows_at at the present moment, for people and reports; the rules stand there.
CREATE OR REPLACE TABLE FUNCTION `eros_scheduling_brain.analyze_time_windows`(
  p_page_name STRING,
  p_lookback_days INT64
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
  r.day_type,
  r.hour_la,
  r.n,
  r.avg_rpr,
  r.avg_conv,
  r.confidence
FROM `eros_scheduling_brain.analyze_time_windows_at`(p_page_name, p_lookback_days, CURRENT_TIMESTAMP()) AS r;
