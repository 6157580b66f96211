-- Which days of a page stand out: five daily figures against their median, by the robust z-score
-- 0.6745 * (value - median) / MAD, where MAD is the median distance from the median. Unlike mean and standard
-- deviation both stay put when one day explodes. |z| >= 3.5 is an anomaly. MAD 0: z null, no anomaly.
-- Reads all messages of the page by Los Angeles day; today is left out as unfinished. Fewer than seven days: no
-- rows. One row per day and metric.
-- Read by: dashboards and reports. Source: daily_totals.
CREATE OR REPLACE TABLE FUNCTION `eros_scheduling_brain.detect_anomalies_at`(
  p_page_name STRING,
  p_lookback_days INT64,
  p_now TIMESTAMP
)
RETURNS TABLE<
  la_date DATE,
  --: view_rate, conversion_rate, rpr, revenue or message_count.
  metric STRING,
  --: The metric on that day: a fraction, US dollars or a count; null where its denominator is 0.
  value FLOAT64,
  --: Median of the metric over all complete days of the window.
  expected FLOAT64,
  --: 0.6745 * (value - expected) / MAD, MAD being the median distance from the median; null when the MAD is 0 or value
  --: is null.
  robust_z FLOAT64,
  --: TRUE when robust_z is 3.5 or more, or -3.5 or less.
  is_anomaly BOOL,
  --: HIGH or LOW for an anomaly; null otherwise.
  direction STRING
>
OPTIONS(description="Days of a page whose view rate, conversion, rpr, revenue or message count stand out, by robust z-score.")
AS
SELECT
  c.la_date,
  c.metric,
  c.value,
  c.expected,
  c.robust_z,
  c.is_anomaly,
  CASE WHEN c.is_anomaly AND c.robust_z > 0 THEN 'HIGH' WHEN c.is_anomaly THEN 'LOW' END AS direction
FROM (
  WITH complete_day AS (
    SELECT
      d.la_date, d.message_count, d.sent_count, d.viewed_count, d.purchased_count, d.earnings,
      COUNT(*) OVER () AS days
    FROM `eros_scheduling_brain.daily_totals_at`([p_page_name], p_lookback_days, p_now) AS d
    WHERE NOT d.is_platform AND d.la_date < DATE(p_now, 'America/Los_Angeles')
  ),
  daily_value AS (
    SELECT d.la_date, v.metric, v.value
    FROM complete_day AS d
    CROSS JOIN UNNEST([
      STRUCT('view_rate' AS metric, SAFE_DIVIDE(d.viewed_count, d.sent_count) AS value),
      STRUCT('conversion_rate', SAFE_DIVIDE(d.purchased_count, d.viewed_count)),
      STRUCT('rpr', SAFE_DIVIDE(d.earnings, d.sent_count)),
      STRUCT('revenue', d.earnings),
      STRUCT('message_count', CAST(d.message_count AS FLOAT64))
    ]) AS v
    WHERE d.days >= 7
  ),
  centred AS (
    SELECT
      v.la_date, v.metric, v.value,
      PERCENTILE_CONT(v.value, 0.5) OVER (PARTITION BY v.metric) AS expected
    FROM daily_value AS v
  ),
  spread AS (
    SELECT
      v.la_date, v.metric, v.value, v.expected,
      PERCENTILE_CONT(ABS(v.value - v.expected), 0.5) OVER (PARTITION BY v.metric) AS mad
    FROM centred AS v
  ),
  scored AS (
    SELECT
      v.la_date, v.metric, v.value, v.expected,
      -- A MAD that is 0 but for floating-point noise would turn noise into anomalies.
      IF(ROUND(v.mad, 6) = 0, NULL, 0.6745 * (v.value - v.expected) / v.mad) AS robust_z
    FROM spread AS v
  )
  SELECT
    v.la_date, v.metric, v.value, v.expected, v.robust_z,
    COALESCE(ABS(ROUND(v.robust_z, 6)) >= 3.5, FALSE) AS is_anomaly
  FROM scored AS v
) AS c;
