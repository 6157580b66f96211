-- What a day of each weekday normally brings to one page: the yardstick of the saturation score.
-- Seven rows, or none when the page had no sends in the baseline days; see weekday_baseline_at for the rules.
-- Read by: people and reports; the saturation score reads the same figures through baseline_deviations.
-- Source: weekday_baseline.
CREATE OR REPLACE TABLE FUNCTION `eros_scheduling_brain.get_creator_baseline_at`(
  p_page_name STRING,
  p_lookback_days INT64,
  p_now TIMESTAMP
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
  b.day_of_week_la,
  b.n_days,
  b.view_rate,
  b.rpr,
  b.conversion_rate,
  b.rpr_stddev
FROM `eros_scheduling_brain.weekday_baseline_at`([p_page_name], p_lookback_days, p_now) AS b
WHERE NOT b.is_platform;
