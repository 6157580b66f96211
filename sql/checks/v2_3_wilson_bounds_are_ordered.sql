-- wilson_score_bounds gives 0 <= low <= high <= 1 with the rate between them and a bonus of at least 0, and the values
-- that a table of the 95 % Wilson interval has.
-- When it fails: eros refresh -s STACK, then eros up -s STACK, then
-- eros schedules -s STACK run update_caption_performance, which computes every row anew.
WITH
  examples AS (
    SELECT
      e.successes AS successes,
      e.failures AS failures,
      e.low AS low,
      e.high AS high,
      e.bonus AS bonus
    FROM
      UNNEST([
        STRUCT(100 AS successes, 100 AS failures, 0.431360 AS low, 0.568640 AS high, 0.070535 AS bonus),
        STRUCT(50, 50, 0.403830, 0.596170, 0.099504),
        STRUCT(10, 10, 0.299295, 0.700705, 0.218218),
        STRUCT(90, 10, 0.825633, 0.944771, 0.099504),
        STRUCT(10, 90, 0.055229, 0.174367, 0.099504),
        STRUCT(0, 0, 0.0, 1.0, 1.0)
      ]) AS e
  ),
  computed AS (
    SELECT
      CONCAT('(', CAST(examples.successes AS STRING), ', ', CAST(examples.failures AS STRING), ')') AS counts,
      examples.low AS expected_low,
      examples.high AS expected_high,
      examples.bonus AS expected_bonus,
      SAFE_DIVIDE(examples.successes, examples.successes + examples.failures) AS rate,
      `eros_scheduling_brain.wilson_score_bounds`(examples.successes, examples.failures) AS bounds
    FROM examples
  ),
  flat AS (
    SELECT
      computed.counts AS counts,
      computed.expected_low AS expected_low,
      computed.expected_high AS expected_high,
      computed.expected_bonus AS expected_bonus,
      computed.rate AS rate,
      COALESCE(computed.bounds.lower_bound, -1) AS low,
      COALESCE(computed.bounds.upper_bound, -1) AS high,
      COALESCE(computed.bounds.exploration_bonus, -1) AS bonus
    FROM computed
  )
SELECT
  CONCAT(
    'bounds of ', flat.counts, ' are ', CAST(flat.low AS STRING), ' to ', CAST(flat.high AS STRING),
    ', bonus ', CAST(flat.bonus AS STRING)
  ) AS detail
FROM flat
WHERE NOT (0 <= flat.low AND flat.low <= flat.high AND flat.high <= 1 AND flat.bonus >= 0)
  OR flat.rate < flat.low
  OR flat.rate > flat.high
  OR ABS(flat.low - flat.expected_low) > 1e-6
  OR ABS(flat.high - flat.expected_high) > 1e-6
  OR ABS(flat.bonus - flat.expected_bonus) > 1e-6
