-- Size of one page by what it earns, with the volumes that go with the size; see account_sizes_at for the rules.
-- No message that anybody viewed: no row; the caller assumes MEDIUM.
-- Read by: analyze_saturation_status, people. Source: account_sizes.
CREATE OR REPLACE TABLE FUNCTION `eros_scheduling_brain.classify_account_size_at`(
  p_page_name STRING,
  p_lookback_days INT64,
  p_now TIMESTAMP
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
  size.size_tier,
  size.avg_audience,
  size.total_revenue_period,
  size.daily_ppv_target_min,
  size.daily_ppv_target_max,
  size.daily_bump_target,
  size.min_ppv_gap_minutes,
  size.saturation_tolerance
FROM `eros_scheduling_brain.account_sizes_at`([p_page_name], p_lookback_days, p_now) AS size;
