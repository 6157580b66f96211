-- Size of each page by what it earns, and the volumes that go with the size: how many messages a day the schedule
-- may hold and how far apart they stand.
-- Tier: earnings of the window scaled to 90 days, so that windows of 7, 30 and 90 days agree. The targets are
-- constants of the tier; they say nothing about how many fans looked. Audience: 95th percentile of recipients
-- a message, which one huge or tiny send does not move.
-- A page without a message that anybody viewed has no row; the caller assumes MEDIUM.
-- Read by: classify_account_size, performance_reports. Source: messages_of_pages.
CREATE OR REPLACE TABLE FUNCTION `eros_scheduling_brain.account_sizes_at`(
  p_page_names ARRAY<STRING>,
  p_lookback_days INT64,
  p_now TIMESTAMP
)
RETURNS TABLE<
  page_name STRING,
  --: MICRO, SMALL, MEDIUM, LARGE, MEGA by 90-day revenue: below 5,000, 25,000, 100,000, 500,000 US dollars, above.
  size_tier STRING,
  --: 95th percentile of recipients a message, over messages that anybody viewed.
  avg_audience FLOAT64,
  --: Earnings of those messages in the window in US dollars, not scaled.
  total_revenue_period FLOAT64,
  --: Fewest PPV messages a day for the tier.
  daily_ppv_target_min INT64,
  --: Most PPV messages a day for the tier.
  daily_ppv_target_max INT64,
  --: Bump messages a day for the tier.
  daily_bump_target INT64,
  --: Least distance of two PPV messages in minutes for the tier.
  min_ppv_gap_minutes INT64,
  --: Tolerance of the tier for falling rates, as a fraction: 0.15 to 0.30.
  saturation_tolerance FLOAT64
>
OPTIONS(description="Account size tier of each page by its 90-day revenue, with the volume targets of the tier; no row without viewed messages.")
AS
SELECT
  c.page_name,
  c.size_tier,
  c.avg_audience,
  c.total_revenue_period,
  c.daily_ppv_target_min,
  c.daily_ppv_target_max,
  c.daily_bump_target,
  c.min_ppv_gap_minutes,
  c.saturation_tolerance
FROM (
  WITH viewed_message AS (
    SELECT
      w.page_name,
      w.earnings,
      PERCENTILE_CONT(w.sent_count, 0.95) OVER (PARTITION BY w.page_name) AS audience
    FROM `eros_scheduling_brain.messages_of_pages_at`(p_page_names, p_lookback_days, p_now) AS w
    WHERE w.viewed_count > 0
  ),
  page AS (
    SELECT
      v.page_name,
      SUM(v.earnings) AS revenue,
      MAX(v.audience) AS audience
    FROM viewed_message AS v
    GROUP BY v.page_name
  ),
  -- The first tier whose limit lies above the revenue; MEGA has no limit.
  tier AS (
    SELECT
      t.size_tier, t.revenue_below, t.ppv_min, t.ppv_max, t.bump, t.gap_minutes, t.tolerance
    FROM UNNEST([
      STRUCT(
        'MICRO' AS size_tier, 5000.0 AS revenue_below,
        1 AS ppv_min, 1 AS ppv_max, 1 AS bump, 180 AS gap_minutes, 0.15 AS tolerance
      ),
      STRUCT('SMALL', 25000.0, 1, 2, 1, 150, 0.15),
      STRUCT('MEDIUM', 100000.0, 1, 2, 2, 120, 0.20),
      STRUCT('LARGE', 500000.0, 2, 3, 2, 90, 0.25),
      STRUCT('MEGA', CAST('inf' AS FLOAT64), 2, 4, 3, 75, 0.30)
    ]) AS t
  )
  SELECT
    page.page_name,
    tier.size_tier,
    page.audience AS avg_audience,
    page.revenue AS total_revenue_period,
    tier.ppv_min AS daily_ppv_target_min,
    tier.ppv_max AS daily_ppv_target_max,
    tier.bump AS daily_bump_target,
    tier.gap_minutes AS min_ppv_gap_minutes,
    tier.tolerance AS saturation_tolerance
  FROM page
  CROSS JOIN tier
  WHERE ROUND(
    page.revenue * 90 / IF(p_lookback_days > 0, LEAST(p_lookback_days, 36500), 90), 6
  ) < tier.revenue_below
  QUALIFY ROW_NUMBER() OVER (PARTITION BY page.page_name ORDER BY tier.revenue_below) = 1
) AS c;
