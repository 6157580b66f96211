-- Is a page sending more than its fans will take? The last seven complete Los Angeles days against what each
-- weekday normally brings. Always one row.
-- score = weight of the tier (views fall by more than 15 % on average) + 0.4 (rpr falls by more than 20 %)
--       + 0.2 (rpr lies more than 20 % low on three or more days running).
-- Days running: consecutive calendar days; a day without sends breaks them, a major holiday is passed over.
-- exclusion_reason, first that holds: INSUFFICIENT_DATA (nothing to evaluate or nothing to compare with: neutral
-- result), PLATFORM_HEADWIND (all other pages lost more than 20 % of their views too: not this page's doing, so
-- the risk is LOW and nothing is cut), HOLIDAY (two or more evaluated days are holidays: a note, nothing else).
-- confidence_score grows with the days evaluated (of 7) and the baseline days (of 30).
-- emv_deviation is the deviation of rpr; the name is the one its readers know.
-- Read by: analyze_saturation_status, analyze_creator_performance. Source: baseline_deviations.
CREATE OR REPLACE TABLE FUNCTION `eros_scheduling_brain.calculate_saturation_score_at`(
  p_page_name STRING,
  p_account_size_tier STRING,
  p_now TIMESTAMP
)
RETURNS TABLE<
  saturation_score FLOAT64,
  risk_level STRING,
  unlock_rate_deviation FLOAT64,
  emv_deviation FLOAT64,
  consecutive_underperform_days INT64,
  recommended_action STRING,
  volume_adjustment_factor FLOAT64,
  confidence_score FLOAT64,
  exclusion_reason STRING
>
OPTIONS(description="Saturation of a page: the last 7 complete days against its weekday baseline; score, risk and volume advice, always one row.")
AS
SELECT
  c.saturation_score,
  c.risk_level,
  ROUND(c.view_rate_deviation, 4) AS unlock_rate_deviation,
  ROUND(c.rpr_deviation, 4) AS emv_deviation,
  c.run_days AS consecutive_underperform_days,
  CASE c.risk_level
    WHEN 'HIGH' THEN 'CUT VOLUME 30%'
    WHEN 'MEDIUM' THEN 'CUT VOLUME 15%'
    ELSE 'NO CHANGE'
  END AS recommended_action,
  CASE c.risk_level WHEN 'HIGH' THEN 0.70 WHEN 'MEDIUM' THEN 0.85 ELSE 1.0 END AS volume_adjustment_factor,
  ROUND(c.confidence_score, 6) AS confidence_score,
  c.exclusion_reason
FROM (
  WITH page_day AS (
    SELECT
      d.la_date, d.is_evaluated, d.is_holiday, d.is_major_holiday,
      d.view_rate_deviation, d.rpr_deviation, d.baseline_days
    FROM `eros_scheduling_brain.baseline_deviations_at`(p_page_name, FALSE, p_now) AS d
  ),
  platform AS (
    SELECT COALESCE(ROUND(AVG(d.view_rate_deviation), 6) < -0.20, FALSE) AS has_headwind
    FROM `eros_scheduling_brain.baseline_deviations_at`(p_page_name, TRUE, p_now) AS d
  ),
  -- A day that does not underperform starts a new run; the days after it with the same number are the run.
  numbered_day AS (
    SELECT
      COALESCE(d.rpr_deviation < -0.20, FALSE) AS is_under,
      SUM(IF(COALESCE(d.rpr_deviation < -0.20, FALSE), 0, 1)) OVER (ORDER BY d.la_date) AS run_number
    FROM page_day AS d
    WHERE NOT d.is_major_holiday
  ),
  run AS (
    SELECT COUNTIF(d.is_under) AS run_days
    FROM numbered_day AS d
    GROUP BY d.run_number
  ),
  longest_run AS (
    SELECT COALESCE(MAX(r.run_days), 0) AS run_days
    FROM run AS r
  ),
  page AS (
    SELECT
      COUNTIF(d.is_evaluated) AS evaluated_days,
      COUNTIF(d.is_evaluated AND d.is_holiday) AS holidays,
      COALESCE(MAX(d.baseline_days), 0) AS baseline_days,
      ROUND(AVG(d.view_rate_deviation), 6) AS view_rate_deviation,
      ROUND(AVG(d.rpr_deviation), 6) AS rpr_deviation
    FROM page_day AS d
  ),
  finding AS (
    SELECT
      CASE
        WHEN page.evaluated_days = 0 OR page.baseline_days = 0 THEN 'INSUFFICIENT_DATA'
        WHEN platform.has_headwind THEN 'PLATFORM_HEADWIND'
        WHEN page.holidays >= 2 THEN 'HOLIDAY'
      END AS exclusion_reason,
      page.view_rate_deviation,
      page.rpr_deviation,
      longest_run.run_days,
      CASE UPPER(TRIM(p_account_size_tier))
        WHEN 'MEGA' THEN 0.30
        WHEN 'XL' THEN 0.30
        WHEN 'LARGE' THEN 0.25
        WHEN 'SMALL' THEN 0.15
        WHEN 'MICRO' THEN 0.15
        ELSE 0.20
      END * IF(page.view_rate_deviation < -0.15, 1, 0)
        + 0.4 * IF(page.rpr_deviation < -0.20, 1, 0)
        + 0.2 * IF(longest_run.run_days >= 3, 1, 0) AS score,
      LEAST(1, 0.6 * LEAST(1, page.evaluated_days / 7) + 0.4 * LEAST(1, page.baseline_days / 30)) AS confidence
    FROM page
    CROSS JOIN platform
    CROSS JOIN longest_run
  ),
  -- Without data the result is neutral, whatever half of it could be computed.
  settled AS (
    SELECT
      f.exclusion_reason,
      IF(f.exclusion_reason = 'INSUFFICIENT_DATA', 0.0, ROUND(f.score, 4)) AS saturation_score,
      IF(f.exclusion_reason = 'INSUFFICIENT_DATA', 0.0, f.view_rate_deviation) AS view_rate_deviation,
      IF(f.exclusion_reason = 'INSUFFICIENT_DATA', 0.0, f.rpr_deviation) AS rpr_deviation,
      IF(f.exclusion_reason = 'INSUFFICIENT_DATA', 0, f.run_days) AS run_days,
      IF(f.exclusion_reason = 'INSUFFICIENT_DATA', 0.0, f.confidence) AS confidence_score
    FROM finding AS f
  )
  SELECT
    s.exclusion_reason,
    s.saturation_score,
    s.view_rate_deviation,
    s.rpr_deviation,
    s.run_days,
    s.confidence_score,
    CASE
      WHEN s.exclusion_reason = 'PLATFORM_HEADWIND' THEN 'LOW'
      WHEN s.saturation_score >= 0.6 THEN 'HIGH'
      WHEN s.saturation_score >= 0.3 THEN 'MEDIUM'
      ELSE 'LOW'
    END AS risk_level
  FROM settled AS s
) AS c;
