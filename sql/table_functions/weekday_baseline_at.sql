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
  --: Los Angeles weekday: 1 Sunday to 7 Saturday; all seven when there is a baseline at all.
  day_of_week_la INT64,
  --: Days with recipients behind the figures: those of the weekday, or all baseline days where it has fewer than 3.
  n_days INT64,
  --: Views / recipients over all messages of those days, a fraction.
  view_rate FLOAT64,
  --: Revenue per recipient over the PPV messages of those days in US dollars; null without PPV recipients.
  rpr FLOAT64,
  --: Purchases / views over the PPV messages of those days, a fraction; null without PPV views.
  conversion_rate FLOAT64,
  --: Sample standard deviation of the days' rpr in US dollars; null with fewer than two days that have one.
  rpr_stddev FLOAT64,
  --: Days with recipients in the whole baseline window.
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
  -- For each weekday its own days beside all baseline days together.
  figures AS (
    SELECT
      b.page_name,
      b.is_platform,
      weekday,
      CAST(COUNTIF(b.day_of_week_la = weekday) AS INT64) AS own_days,
      SAFE_DIVIDE(
        SUM(IF(b.day_of_week_la = weekday, b.viewed_count, NULL)), SUM(IF(b.day_of_week_la = weekday, b.sent_count, NULL))
      ) AS own_view_rate,
      SAFE_DIVIDE(
        SUM(IF(b.day_of_week_la = weekday, b.ppv_earnings, NULL)),
        SUM(IF(b.day_of_week_la = weekday, b.ppv_sent_count, NULL))
      ) AS own_rpr,
      SAFE_DIVIDE(
        SUM(IF(b.day_of_week_la = weekday, b.ppv_purchased_count, NULL)),
        SUM(IF(b.day_of_week_la = weekday, b.ppv_viewed_count, NULL))
      ) AS own_conversion_rate,
      STDDEV_SAMP(IF(b.day_of_week_la = weekday, SAFE_DIVIDE(b.ppv_earnings, b.ppv_sent_count), NULL))
        AS own_rpr_stddev,
      COUNT(*) AS all_days,
      SAFE_DIVIDE(SUM(b.viewed_count), SUM(b.sent_count)) AS all_view_rate,
      SAFE_DIVIDE(SUM(b.ppv_earnings), SUM(b.ppv_sent_count)) AS all_rpr,
      SAFE_DIVIDE(SUM(b.ppv_purchased_count), SUM(b.ppv_viewed_count)) AS all_conversion_rate,
      STDDEV_SAMP(SAFE_DIVIDE(b.ppv_earnings, b.ppv_sent_count)) AS all_rpr_stddev
    FROM baseline_day AS b
    CROSS JOIN UNNEST(GENERATE_ARRAY(1, 7)) AS weekday
    GROUP BY b.page_name, b.is_platform, weekday
  )
  SELECT
    f.page_name,
    f.is_platform,
    f.weekday AS day_of_week_la,
    IF(f.own_days >= 3, f.own_days, f.all_days) AS n_days,
    IF(f.own_days >= 3, f.own_view_rate, f.all_view_rate) AS view_rate,
    IF(f.own_days >= 3, f.own_rpr, f.all_rpr) AS rpr,
    IF(f.own_days >= 3, f.own_conversion_rate, f.all_conversion_rate) AS conversion_rate,
    IF(f.own_days >= 3, f.own_rpr_stddev, f.all_rpr_stddev) AS rpr_stddev,
    f.all_days AS baseline_days
  FROM figures AS f
) AS c;
