-- get_creator_baseline_at at the present moment, for people and reports; the rules stand there.
CREATE OR REPLACE TABLE FUNCTION `eros_scheduling_brain.get_creator_baseline`(
  p_page_name STRING,
  p_lookback_days INT64
)
RETURNS TABLE<
  day_of_week_la INT64,
  n_days INT64,
  view_rate FLOAT64,
  rpr FLOAT64,
  conversion_rate FLOAT64,
  rpr_stddev FLOAT64
>
OPTIONS(description="Normal view rate, rpr and conversion of a page per weekday, from the days before the last 7 Los Angeles days.")
AS
SELECT
  r.day_of_week_la,
  r.n_days,
  r.view_rate,
  r.rpr,
  r.conversion_rate,
  r.rpr_stddev
FROM `eros_scheduling_brain.get_creator_baseline_at`(p_page_name, p_lookback_days, CURRENT_TIMESTAMP()) AS r;
