-- How far each of the last seven complete Los Angeles days lies from its baseline, for each page (is_platform
-- FALSE) and for all other pages together (TRUE). Seven rows each, one a calendar day, today-7 ... today-1.
-- Expected = baseline of the weekday (30 days) * holiday factor; deviation = actual / expected - 1, null without
-- sends or without an expectation.
-- Read by: saturation_findings. Source: daily_totals, weekday_baseline, holiday_calendar.
CREATE OR REPLACE TABLE FUNCTION `eros_scheduling_brain.baseline_deviations_at`(
  p_page_names ARRAY<STRING>,
  p_now TIMESTAMP
)
RETURNS TABLE<
  --: One of p_page_names: lower case, trimmed.
  page_name STRING,
  --: FALSE: the page itself. TRUE: all other pages together.
  is_platform BOOL,
  --: Los Angeles date, one of the seven before that of p_now.
  la_date DATE,
  --: TRUE when there were recipients on that day.
  is_evaluated BOOL,
  --: TRUE when holiday_calendar has the date.
  is_holiday BOOL,
  --: TRUE when it is a major holiday there: it never counts into a run of weak days.
  is_major_holiday BOOL,
  --: View rate / expected view rate - 1, 6 decimals; null without recipients or without an expectation.
  view_rate_deviation FLOAT64,
  --: PPV revenue per recipient / expected one - 1, 6 decimals; null without PPV recipients or without an expectation.
  rpr_deviation FLOAT64,
  --: Days with recipients among the 30 that the expectation is made of; 0 when none.
  baseline_days INT64
>
OPTIONS(description="Deviation of the last 7 complete Los Angeles days from the weekday baseline; shared step of the saturation score.")
AS
SELECT
  c.page_name,
  c.is_platform,
  c.la_date,
  c.is_evaluated,
  c.is_holiday,
  c.is_major_holiday,
  ROUND(SAFE_DIVIDE(c.view_rate, c.expected_view_rate) - 1, 6) AS view_rate_deviation,
  ROUND(SAFE_DIVIDE(c.rpr, c.expected_rpr) - 1, 6) AS rpr_deviation,
  c.baseline_days
FROM (
  WITH calendar AS (
    SELECT DISTINCT LOWER(TRIM(name)) AS page_name, is_platform, la_date
    FROM UNNEST(p_page_names) AS name
    CROSS JOIN UNNEST([FALSE, TRUE]) AS is_platform
    CROSS JOIN UNNEST(GENERATE_DATE_ARRAY(
      DATE_SUB(DATE(p_now, 'America/Los_Angeles'), INTERVAL 7 DAY),
      DATE_SUB(DATE(p_now, 'America/Los_Angeles'), INTERVAL 1 DAY)
    )) AS la_date
  ),
  -- One row a date even if the unenforced key of the calendar is broken.
  holiday AS (
    SELECT
      h.holiday_date,
      LOGICAL_OR(COALESCE(h.is_major_holiday, FALSE)) AS is_major_holiday,
      MIN(COALESCE(h.saturation_impact_factor, 1.0)) AS factor
    FROM `eros_scheduling_brain.holiday_calendar` AS h
    WHERE h.holiday_date >= DATE_SUB(DATE(p_now, 'America/Los_Angeles'), INTERVAL 7 DAY)
      AND h.holiday_date < DATE(p_now, 'America/Los_Angeles')
    GROUP BY h.holiday_date
  ),
  actual AS (
    SELECT
      d.page_name,
      d.is_platform,
      d.la_date,
      SAFE_DIVIDE(d.viewed_count, d.sent_count) AS view_rate,
      SAFE_DIVIDE(d.ppv_earnings, d.ppv_sent_count) AS rpr
    FROM `eros_scheduling_brain.daily_totals_at`(p_page_names, 9, p_now) AS d
    WHERE d.sent_count > 0
  ),
  baseline AS (
    SELECT b.page_name, b.is_platform, b.day_of_week_la, b.view_rate, b.rpr, b.baseline_days
    FROM `eros_scheduling_brain.weekday_baseline_at`(p_page_names, 30, p_now) AS b
  )
  SELECT
    calendar.page_name,
    calendar.is_platform,
    calendar.la_date,
    actual.la_date IS NOT NULL AS is_evaluated,
    holiday.holiday_date IS NOT NULL AS is_holiday,
    COALESCE(holiday.is_major_holiday, FALSE) AS is_major_holiday,
    actual.view_rate,
    actual.rpr,
    baseline.view_rate * COALESCE(holiday.factor, 1.0) AS expected_view_rate,
    baseline.rpr * COALESCE(holiday.factor, 1.0) AS expected_rpr,
    COALESCE(baseline.baseline_days, 0) AS baseline_days
  FROM calendar
  LEFT JOIN actual
    ON actual.page_name = calendar.page_name
    AND actual.is_platform = calendar.is_platform
    AND actual.la_date = calendar.la_date
  LEFT JOIN holiday ON holiday.holiday_date = calendar.la_date
  LEFT JOIN baseline
    ON baseline.page_name = calendar.page_name
    AND baseline.is_platform = calendar.is_platform
    AND baseline.day_of_week_la = EXTRACT(DAYOFWEEK FROM calendar.la_date)
) AS c;
