-- How sure we are of a success rate: the 95 % Wilson score interval of p_s successes and p_f failures.
-- Read by the feedback, the selection and the reports. Null and negative counts are taken as 0.
CREATE OR REPLACE FUNCTION `eros_scheduling_brain.wilson_score_bounds`(p_s INT64, p_f INT64)
RETURNS STRUCT<lower_bound FLOAT64, upper_bound FLOAT64, exploration_bonus FLOAT64>
OPTIONS(description="95 % Wilson interval of successes and failures, with the bonus 1 / sqrt(n + 1).")
AS ((
  WITH
    counts AS (
      -- As floats from the start, because the sum of two huge counts overflows INT64.
      SELECT
        GREATEST(CAST(COALESCE(p_s, 0) AS FLOAT64), 0) AS successes,
        GREATEST(CAST(COALESCE(p_f, 0) AS FLOAT64), 0) AS failures,
        1.96 AS z
    ),
    rates AS (
      -- Without a trial n is null, and so is all that follows from it.
      SELECT
        NULLIF(counts.successes + counts.failures, 0) AS n,
        SAFE_DIVIDE(counts.successes, counts.successes + counts.failures) AS p,
        counts.z AS z
      FROM counts
    ),
    intervals AS (
      SELECT
        COALESCE(rates.n, 0) AS n,
        (rates.p + rates.z * rates.z / (2 * rates.n)) / (1 + rates.z * rates.z / rates.n) AS centre,
        rates.z
          * SQRT(rates.p * (1 - rates.p) / rates.n + rates.z * rates.z / (4 * rates.n * rates.n))
          / (1 + rates.z * rates.z / rates.n) AS half_width
      FROM rates
    )
  SELECT
    STRUCT(
      COALESCE(GREATEST(0.0, intervals.centre - intervals.half_width), 0.0) AS lower_bound,
      COALESCE(LEAST(1.0, intervals.centre + intervals.half_width), 1.0) AS upper_bound,
      1 / SQRT(intervals.n + 1) AS exploration_bonus
    )
  FROM intervals
));
