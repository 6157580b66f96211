-- 1,000 calls of the functions in one statement give 1,000 valid results: keys that are 64 hex digits and all
-- different, bounds in order. How long they take depends on the cloud and is judged by nobody here.
-- When it fails: see the checks v2.1 and v2.3 for single values; eros refresh -s STACK, then eros up -s STACK.
WITH
  calls AS (
    SELECT
      `eros_scheduling_brain.caption_key_v2`(CONCAT('caption number ', CAST(n AS STRING))) AS caption_key,
      `eros_scheduling_brain.wilson_score_bounds`(MOD(n, 97), MOD(n, 31)) AS bounds
    FROM UNNEST(GENERATE_ARRAY(1, 1000)) AS n
  ),
  summary AS (
    SELECT
      COUNT(DISTINCT IF(REGEXP_CONTAINS(calls.caption_key, r'^[0-9a-f]{64}$'), calls.caption_key, NULL)) AS keys,
      COUNTIF(
        calls.bounds.lower_bound >= 0
        AND calls.bounds.lower_bound <= calls.bounds.upper_bound
        AND calls.bounds.upper_bound <= 1
        AND calls.bounds.exploration_bonus > 0
      ) AS bounds_in_order,
      COUNT(DISTINCT calls.bounds.lower_bound) AS different_bounds
    FROM calls
  )
SELECT
  CONCAT(
    'of 1,000 calls ', CAST(summary.keys AS STRING), ' gave a key of its own, ',
    CAST(summary.bounds_in_order AS STRING), ' gave bounds in order, ',
    CAST(summary.different_bounds AS STRING), ' different ones'
  ) AS detail
FROM summary
WHERE summary.keys != 1000 OR summary.bounds_in_order != 1000 OR summary.different_bounds < 500
