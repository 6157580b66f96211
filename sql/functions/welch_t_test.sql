-- Welch's t-test of two samples given by size, mean and sample variance: does one mean differ from the other?
-- Made for samples of unequal size and spread, as one weekday against the others. The critical value (5 %, two
-- sided) comes from a coarse table of degrees of freedom, floored: 30 and more 1.96, 20 2.086, 10 2.228,
-- 5 2.571, fewer 3.182. A side without a variance (fewer than two values) or nothing that varies: t null, not
-- significant.
-- Read by: analyze_trigger_performance, analyze_day_patterns.
CREATE OR REPLACE FUNCTION `eros_scheduling_brain.welch_t_test`(
  p_n1 INT64,
  p_mean1 FLOAT64,
  p_variance1 FLOAT64,
  p_n2 INT64,
  p_mean2 FLOAT64,
  p_variance2 FLOAT64
)
RETURNS STRUCT<t_statistic FLOAT64, is_significant BOOL>
OPTIONS(description="Welch's t-test from size, mean and sample variance of two samples: t and whether it is significant at 5 %.")
AS ((
  SELECT
    STRUCT(
      c.t AS t_statistic,
      COALESCE(ABS(ROUND(c.t, 6)) >= CASE
        WHEN c.df >= 30 THEN 1.96
        WHEN c.df >= 20 THEN 2.086
        WHEN c.df >= 10 THEN 2.228
        WHEN c.df >= 5 THEN 2.571
        ELSE 3.182
      END, FALSE) AS is_significant
    )
  FROM (
    SELECT
      SAFE_DIVIDE(p_mean1 - p_mean2, SQRT(e.error1 + e.error2)) AS t,
      -- Rounded before the floor: 9.999999999 is 10 degrees of freedom.
      FLOOR(ROUND(SAFE_DIVIDE(
        POW(e.error1 + e.error2, 2),
        SAFE_DIVIDE(POW(e.error1, 2), p_n1 - 1) + SAFE_DIVIDE(POW(e.error2, 2), p_n2 - 1)
      ), 6)) AS df
    FROM (
      -- Equal values differ by floating-point noise at most, which is no spread.
      SELECT
        SAFE_DIVIDE(IF(p_variance1 < 1e-18, 0, p_variance1), p_n1) AS error1,
        SAFE_DIVIDE(IF(p_variance2 < 1e-18, 0, p_variance2), p_n2) AS error2
    ) AS e
  ) AS c
));
