-- Smoke test 2, first part: how many captions are offered to a page, by size and risk, is what the rules say: max(30,
-- base of the size times factor of the risk, rounded down).
-- When it fails: eros refresh -s STACK, then eros up -s STACK; schedules built since hold too many or too few
-- captions.
WITH
  examples AS (
    SELECT e.size_tier AS size_tier, e.risk_level AS risk_level, e.expected AS expected
    FROM
      UNNEST([
        STRUCT('SMALL' AS size_tier, 'LOW' AS risk_level, 60 AS expected),
        STRUCT('SMALL', 'HIGH', 42),
        STRUCT('MEDIUM', 'MEDIUM', 68),
        STRUCT('LARGE', 'HEALTHY', 100),
        STRUCT('LARGE', 'HIGH', 70),
        STRUCT('XL', 'MODERATE', 119),
        STRUCT('NEW', 'CRITICAL', 30)
      ]) AS e
  ),
  computed AS (
    SELECT
      examples.size_tier AS size_tier,
      examples.risk_level AS risk_level,
      examples.expected AS expected,
      COALESCE(`eros_scheduling_brain.caption_target`(examples.size_tier, examples.risk_level), -1) AS target
    FROM examples
  )
SELECT
  CONCAT(
    computed.size_tier, ' and ', computed.risk_level, ' give ', CAST(computed.target AS STRING), ' captions, not ',
    CAST(computed.expected AS STRING)
  ) AS detail
FROM computed
WHERE computed.target != computed.expected
