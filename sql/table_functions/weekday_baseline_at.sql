-- What a day of each weekday normally brings, for each page (is_platform FALSE) and for all other pages together
-- (TRUE): seven rows each, or none when no baseline day has sends.
-- Baseline days: the Los Angeles days today-7-p_days ... today-8 with sends. The last seven days stay out: they
-- are what is measured against the baseline. A weekday with fewer than three such days is too thin and takes
-- the figures of all baseline days together.
-- View rate over all messages; rpr and conversion over PPV messages. All are ratios of sums.
-- Read by: get_creator_baseline, baseline_deviations. Source: daily_totals.
CREATE OR REPLACE TABLE FUNCTION `eros_scheduling_brain.weekday_baseline_at`(
  p_page_names ARRAY<STRING>,
  p_days INT64,
  p_now TIMESTAMP
)
RETURNS TABLE<
  page_name STRING,
  is_platform BOOL,
  day_of_week_la INT64,
  n_days INT64,
  view_rate FLOAT64,
  rpr FLOAT64,
  conversion_rate FLOAT64,
  rpr_stddev FLOAT64,
  baseline_days INT64
>
OPTIONS(description="Normal view rate, rpr and conversion per weekday before the last 7 Los Angeles days; shared step of the saturation figures.")
AS
SELECT
  c.page_name,
  c.is_platform,
  c.day_of_week_la,
  c.n_days,
  c.view_rate,
  c.rpr,
  c.conversion_rate,
  c.rpr_stddev,
  c.baseline_days
FROM (
  WITH baseline_day AS (
    SELECT
      d.page_name,
      d.is_platform,
      d.day_of_week_la,
      d.sent_count,
      d.viewed_count,
      d.ppv_sent_count,
      d.ppv_viewed_count,
      d.ppv_purchased_count,
      d.ppv_earnings
    -- Nine days more than asked for: seven that are left out and the two incomplete ones at the ends.
    FROM `eros_scheduling_brain.daily_totals_at`(
      p_page_names, IF(p_days > 0, LEAST(p_days, 36500), 90) + 9, p_now
    ) AS d
    WHERE d.sent_count > 0
      AND d.la_date >= DATE_SUB(
        DATE(p_now, 'America/Los_Angeles'), INTERVAL IF(p_days > 0, LEAST(p_days, 36500), 90) + 7 DAY
      )
      AND d.la_date <= DATE_SUB(DATE(p_now, 'America/Los_Angeles'), INTERVAL 8 DAY)
  ),
  -- Each day counts once for its weekday and once for group 0, all weekdays together.
  figures AS (
    SELECT
      b.page_name,
      b.is_platform,
      weekday_group,
      COUNT(*) AS n_days,
      SAFE_DIVIDE(SUM(b.viewed_count), SUM(b.sent_count)) AS view_rate,
      SAFE_DIVIDE(SUM(b.ppv_earnings), SUM(b.ppv_sent_count)) AS rpr,
      SAFE_DIVIDE(SUM(b.ppv_purchased_count), SUM(b.ppv_viewed_count)) AS conversion_rate,
      STDDEV_SAMP(SAFE_DIVIDE(b.ppv_earnings, b.ppv_sent_count)) AS rpr_stddev
    FROM baseline_day AS b
    CROSS JOIN UNNEST([b.day_of_week_la, 0]) AS weekday_group
    GROUP BY b.page_name, b.is_platform, weekday_group
  )
  SELECT
    pooled.page_name,
    pooled.is_platform,
    weekday AS day_of_week_la,
    chosen.n_days,
    chosen.view_rate,
    chosen.rpr,
    chosen.conversion_rate,
    chosen.rpr_stddev,
    pooled.n_days AS baseline_days
  FROM UNNEST(GENERATE_ARRAY(1, 7)) AS weekday
  CROSS JOIN figures AS pooled
  INNER JOIN figures AS chosen
    ON chosen.page_name = pooled.page_name AND chosen.is_platform = pooled.is_platform
  WHERE pooled.weekday_group = 0
    AND (chosen.weekday_group = 0 OR (chosen.weekday_group = weekday AND chosen.n_days >= 3))
  -- The weekday's own figures where they are good enough, else group 0.
  QUALIFY ROW_NUMBER() OVER (
    PARTITION BY pooled.page_name, pooled.is_platform, weekday ORDER BY chosen.weekday_group DESC
  ) = 1
) AS c;
