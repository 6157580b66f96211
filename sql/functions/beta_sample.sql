-- One draw from the Beta distribution: the success rate that a caption with p_a successes and p_b failures
-- may have. Thompson sampling ranks captions by it. Read by the selection.
-- With whole numbers a draw is the sum of a exponential draws over the sum of all a + b of them. Above
-- a + b = 400 both shrink in proportion, which bounds the work and leaves the mean as it is.
-- p_row is any key of the row. It has to stand in the array bounds: a subquery that does not depend on the
-- row may run once for the whole query, and all rows with equal counts would share one draw.
CREATE OR REPLACE FUNCTION `eros_scheduling_brain.beta_sample`(p_a INT64, p_b INT64, p_row INT64)
RETURNS FLOAT64
OPTIONS(description="Draw from Beta(p_a, p_b), counts below 1 taken as 1; p_row makes each row draw anew.")
AS ((
  WITH
    counts AS (
      SELECT
        GREATEST(1, COALESCE(p_a, 1)) AS a,
        GREATEST(1, COALESCE(p_b, 1)) AS b,
        -- Small enough that adding a + b to it cannot overflow, also for keys at the ends of INT64.
        MOD(COALESCE(p_row, 0), 1000003) AS row_key
    ),
    scaled AS (
      SELECT
        IF(
          CAST(counts.a AS FLOAT64) + CAST(counts.b AS FLOAT64) > 400,
          LEAST(
            399,
            GREATEST(
              1,
              CAST(ROUND(counts.a * 400.0 / (CAST(counts.a AS FLOAT64) + CAST(counts.b AS FLOAT64))) AS INT64)
            )
          ),
          counts.a
        ) AS a,
        LEAST(400, CAST(counts.a AS FLOAT64) + CAST(counts.b AS FLOAT64)) AS total,
        counts.row_key AS row_key
      FROM counts
    )
  SELECT
    (
      -- 1 - RAND() is never 0, so the logarithm is always finite.
      SELECT SUM(IF(draws.position < scaled.a, draws.exponential, 0)) / SUM(draws.exponential)
      FROM (
        SELECT position AS position, -LN(1 - RAND()) AS exponential
        FROM
          UNNEST(
            GENERATE_ARRAY(scaled.row_key, scaled.row_key + CAST(scaled.total AS INT64) - 1)
          ) AS element WITH OFFSET AS position
      ) AS draws
    )
  FROM scaled
));
