-- Rates of a page per Los Angeles day over all its messages, with trailing seven calendar days.
-- Ratios of sums; null where the denominator is 0. Days without messages have no row, but the trailing figures
-- count seven calendar days, not seven rows. The first day of the window may be incomplete.
-- Read by: dashboards and reports. Source: daily_totals.
CREATE OR REPLACE TABLE FUNCTION `eros_scheduling_brain.calculate_engagement_rates_at`(
  p_page_name STRING,
  p_lookback_days INT64,
  p_now TIMESTAMP
)
RETURNS TABLE<
  la_date DATE,
  message_count INT64,
  sent_count INT64,
  --: viewed_count / sent_count of the day, a fraction; null without recipients.
  view_rate FLOAT64,
  --: Purchases / views of the day, a fraction; null without views.
  conversion_rate FLOAT64,
  --: Revenue per recipient of the day in US dollars; null without recipients.
  rpr FLOAT64,
  --: View rate over the day and the six calendar days before it, as a ratio of sums; null without recipients.
  view_rate_7d FLOAT64,
  --: Revenue per recipient over the same seven calendar days in US dollars; null without recipients.
  rpr_7d FLOAT64
>
OPTIONS(description="View rate, conversion and rpr of a page per Los Angeles day, and over the trailing 7 calendar days.")
AS
SELECT
  d.la_date,
  d.message_count,
  d.sent_count,
  SAFE_DIVIDE(d.viewed_count, d.sent_count) AS view_rate,
  SAFE_DIVIDE(d.purchased_count, d.viewed_count) AS conversion_rate,
  SAFE_DIVIDE(d.earnings, d.sent_count) AS rpr,
  SAFE_DIVIDE(SUM(d.viewed_count) OVER week_to_date, SUM(d.sent_count) OVER week_to_date) AS view_rate_7d,
  SAFE_DIVIDE(SUM(d.earnings) OVER week_to_date, SUM(d.sent_count) OVER week_to_date) AS rpr_7d
FROM `eros_scheduling_brain.daily_totals_at`([p_page_name], p_lookback_days, p_now) AS d
WHERE NOT d.is_platform
WINDOW week_to_date AS (ORDER BY UNIX_DATE(d.la_date) RANGE BETWEEN 6 PRECEDING AND CURRENT ROW);
