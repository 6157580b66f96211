-- 100 draws of wilson_sample(50, 50) lie within the Wilson interval, and are not all the same.
-- When it fails: eros refresh -s STACK, then eros up -s STACK.
WITH
  draws AS (
    SELECT `eros_scheduling_brain.wilson_sample`(50, 50) AS draw
    FROM UNNEST(GENERATE_ARRAY(1, 100)) AS g
  ),
  summary AS (
    SELECT
      COUNTIF(draws.draw BETWEEN 0.403830 - 1e-6 AND 0.596170 + 1e-6) AS inside,
      COUNT(DISTINCT draws.draw) AS different
    FROM draws
  )
SELECT
  CONCAT(
    'of 100 draws ', CAST(summary.inside AS STRING), ' lie within 0.403830 to 0.596170, ',
    CAST(summary.different AS STRING), ' are different'
  ) AS detail
FROM summary
WHERE summary.inside < 100 OR summary.different < 2
