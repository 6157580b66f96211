-- detect_anomalies_at at the present moment, for people and reports; the rules stand there.
CREATE OR REPLACE TABLE FUNCTION `eros_scheduling_brain.detect_anomalies`(
  p_page_name STRING,
  p_lookback_days INT64
)
RETURNS TABLE<
  la_date DATE,
  metric STRING,
  value FLOAT64,
  expected FLOAT64,
  robust_z FLOAT64,
  is_anomaly BOOL,
  direction STRING
>
OPTIONS(description="Days of a page whose view rate, conversion, rpr, revenue or message count stand out, by robust z-score.")
AS
SELECT
  r.la_date,
  r.metric,
  r.value,
  r.expected,
  r.robust_z,
  r.is_anomaly,
  r.direction
FROM `eros_scheduling_brain.detect_anomalies_at`(p_page_name, p_lookback_days, CURRENT_TIMESTAMP()) AS r;
