-- Is a page sending more than its fans will take? For each page the last seven complete Los Angeles days against
-- what each weekday normally brings: what is found, before it is weighed (saturation_advice). One row a page.
-- run_days: most consecutive calendar days with rpr more than 20 % low; a day without sends breaks the run, a
-- major holiday is passed over.
-- exclusion_reason, first that holds: INSUFFICIENT_DATA (nothing to evaluate or nothing to compare with),
-- PLATFORM_HEADWIND (all other pages lost more than 20 % of their views too: not this page's doing), HOLIDAY (two
-- or more evaluated days are holidays: a note, nothing else).
-- confidence grows with the days evaluated (of 7) and the baseline days (of 30).
-- Read by: calculate_saturation_score, performance_reports. Source: baseline_deviations.
CREATE OR REPLACE TABLE FUNCTION `eros_scheduling_brain.saturation_findings_at`(
  p_page_names ARRAY<STRING>,
  p_now TIMESTAMP
)
RETURNS TABLE<
  page_name STRING,
  --: Why not to act: INSUFFICIENT_DATA, PLATFORM_HEADWIND or HOLIDAY, the first that holds; null when none does.
  exclusion_reason STRING,
  --: Mean view_rate_deviation of the evaluated days as a fraction, 6 decimals; null when no day compares.
  view_rate_deviation FLOAT64,
  --: Mean rpr_deviation of the evaluated days as a fraction, 6 decimals; null when no day compares.
  rpr_deviation FLOAT64,
  --: Most consecutive days with rpr more than 20 % low, major holidays passed over; 0 when none.
  run_days INT64,
  --: 0 to 1: 0.6 * evaluated days / 7 + 0.4 * baseline days / 30, each at most 1.
  confidence FLOAT64
>
OPTIONS(description="Deviation of each page's last 7 complete days from its weekday baseline, underperforming run and reason not to act; one row a page.")
AS
SELECT
  c.page_name,
  c.exclusion_reason,
  c.view_rate_deviation,
  c.rpr_deviation,
  c.run_days,
  c.confidence
FROM (
  WITH deviation AS (
    SELECT
      d.page_name, d.is_platform, d.la_date, d.is_evaluated, d.is_holiday, d.is_major_holiday,
      d.view_rate_deviation, d.rpr_deviation, d.baseline_days
    FROM `eros_scheduling_brain.baseline_deviations_at`(p_page_names, p_now) AS d
  ),
  -- A day that does not underperform starts a new run; the days after it with the same number are the run. Major
  -- holidays and the platform's days are numbered apart from the days that count.
  numbered_day AS (
    SELECT
      d.*,
      NOT d.is_platform AND NOT d.is_major_holiday AS counts_for_run,
      COALESCE(d.rpr_deviation < -0.20, FALSE) AS is_under,
      SUM(IF(COALESCE(d.rpr_deviation < -0.20, FALSE), 0, 1)) OVER (
        PARTITION BY d.page_name, d.is_platform, d.is_major_holiday ORDER BY d.la_date
      ) AS run_number
    FROM deviation AS d
  ),
  day_with_run AS (
    SELECT
      d.*,
      COUNTIF(d.is_under) OVER (
        PARTITION BY d.page_name, d.is_platform, d.is_major_holiday, d.run_number
      ) AS run_days
    FROM numbered_day AS d
  ),
  page AS (
    SELECT
      d.page_name,
      COUNTIF(d.is_evaluated AND NOT d.is_platform) AS evaluated_days,
      COUNTIF(d.is_evaluated AND d.is_holiday AND NOT d.is_platform) AS holidays,
      COALESCE(MAX(IF(d.is_platform, NULL, d.baseline_days)), 0) AS baseline_days,
      ROUND(AVG(IF(d.is_platform, NULL, d.view_rate_deviation)), 6) AS view_rate_deviation,
      ROUND(AVG(IF(d.is_platform, NULL, d.rpr_deviation)), 6) AS rpr_deviation,
      COALESCE(
        ROUND(AVG(IF(d.is_platform, d.view_rate_deviation, NULL)), 6) < -0.20, FALSE
      ) AS has_headwind,
      COALESCE(MAX(IF(d.counts_for_run, d.run_days, NULL)), 0) AS run_days
    FROM day_with_run AS d
    GROUP BY d.page_name
  )
  SELECT
    page.page_name,
    CASE
      WHEN page.evaluated_days = 0 OR page.baseline_days = 0 THEN 'INSUFFICIENT_DATA'
      WHEN page.has_headwind THEN 'PLATFORM_HEADWIND'
      WHEN page.holidays >= 2 THEN 'HOLIDAY'
    END AS exclusion_reason,
    page.view_rate_deviation,
    page.rpr_deviation,
    CAST(page.run_days AS INT64) AS run_days,
    LEAST(1, 0.6 * LEAST(1, page.evaluated_days / 7) + 0.4 * LEAST(1, page.baseline_days / 30)) AS confidence
  FROM page
) AS c;
