-- classify_account_size_at at the present moment, for people and reports; the rules stand there.
CREATE OR REPLACE TABLE FUNCTION `eros_scheduling_brain.classify_account_size`(
  p_page_name STRING,
  p_lookback_days INT64
)
RETURNS TABLE<
  size_tier STRING,
  avg_audience FLOAT64,
  total_revenue_period FLOAT64,
  daily_ppv_target_min INT64,
  daily_ppv_target_max INT64,
  daily_bump_target INT64,
  min_ppv_gap_minutes INT64,
  saturation_tolerance FLOAT64
>
OPTIONS(description="Account size tier of a page by its 90-day revenue, with the volume targets of the tier; no row without viewed messages.")
AS
SELECT
  r.size_tier,
  r.avg_audience,
  r.total_revenue_period,
  r.daily_ppv_target_min,
  r.daily_ppv_target_max,
  r.daily_bump_target,
  r.min_ppv_gap_minutes,
  r.saturation_tolerance
FROM `eros_scheduling_brain.classify_account_size_at`(p_page_name, p_lookback_days, CURRENT_TIMESTAMP()) AS r;
