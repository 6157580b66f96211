-- calculate_engagement_rates_at at the present moment, for people and reports; the rules stand there.
CREATE OR REPLACE TABLE FUNCTION `eros_scheduling_brain.calculate_engagement_rates`(
  p_page_name STRING,
  p_lookback_days INT64
)
RETURNS TABLE<
  la_date DATE,
  message_count INT64,
  sent_count INT64,
  view_rate FLOAT64,
  conversion_rate FLOAT64,
  rpr FLOAT64,
  view_rate_7d FLOAT64,
  rpr_7d FLOAT64
>
OPTIONS(description="View rate, conversion and rpr of a page per Los Angeles day, and over the trailing 7 calendar days.")
AS
SELECT
  r.la_date,
  r.message_count,
  r.sent_count,
  r.view_rate,
  r.conversion_rate,
  r.rpr,
  r.view_rate_7d,
  r.rpr_7d
FROM `eros_scheduling_brain.calculate_engagement_rates_at`(p_page_name, p_lookback_days, CURRENT_TIMESTAMP()) AS r;
