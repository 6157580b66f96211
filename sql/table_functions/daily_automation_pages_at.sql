-- What the daily automation needs to know of the pages that it works on: whether one can be processed at all, and how
-- far its captions are used up. One row for each of the names, which are lower case and trimmed already.
-- Set-based: the bank is read once for all pages.
-- problem: why the page fails without being analysed; null for most.
-- saturation_pct: captions that the page has locked from p_execution_date on, in percent of its eligible pool.
-- pool_alert: pool_empty when the pool is 0, pool_low when a minimum pool is not met; then nothing is scheduled.
-- pattern_details and pool_details are the texts of the alerts, null without one.
-- Read by: run_daily_automation_at. Source: active_caption_assignments, caption_pool_counts,
-- caption_restriction_patterns.
CREATE OR REPLACE TABLE FUNCTION `eros_scheduling_brain.daily_automation_pages_at`(
  p_page_names ARRAY<STRING>,
  p_execution_date DATE,
  p_now TIMESTAMP
)
RETURNS TABLE<
  --: One of p_page_names, as given.
  page_name STRING,
  --: Why the page fails without being analysed: its name or a restriction pattern is not valid; null for most.
  problem STRING,
  --: invalid=COUNT|first=PATTERN of the page's patterns that are no regular expressions; null when all are.
  pattern_details STRING,
  --: Different captions that the page has locked from p_execution_date on.
  locked_captions INT64,
  --: Eligible captions of the page, PPV and bump together.
  pool_eligible INT64,
  --: 100 * locked_captions / pool_eligible, 6 decimals; null when the pool is empty.
  saturation_pct FLOAT64,
  --: pool_empty when nothing is eligible, pool_low when a minimum is not met; null otherwise.
  pool_alert STRING,
  --: Text of that alert; null without one.
  pool_details STRING
>
OPTIONS(description="Problems, used captions, pool and saturation of each of some pages.")
AS
SELECT
  c.page_name,
  CASE
    WHEN NOT c.is_page_name THEN 'the page name is not valid'
    WHEN c.first_bad_pattern IS NOT NULL
      THEN CONCAT('a restriction pattern is no regular expression: ', c.first_bad_pattern)
  END AS problem,
  CONCAT('invalid=', CAST(c.bad_patterns AS STRING), '|first=', c.first_bad_pattern) AS pattern_details,
  c.locked_captions,
  c.pool_eligible,
  ROUND(SAFE_DIVIDE(100 * c.locked_captions, c.pool_eligible), 6) AS saturation_pct,
  CASE
    WHEN c.pool_eligible = 0 THEN 'pool_empty'
    WHEN c.shortfall IS NOT NULL THEN 'pool_low'
  END AS pool_alert,
  IF(c.pool_eligible = 0, 'pool=0', c.shortfall) AS pool_details
FROM (
  WITH
    page AS (
      SELECT DISTINCT name AS page_name
      FROM UNNEST(p_page_names) AS name
    ),
    bad_pattern AS (
      SELECT
        listed.page_name,
        COUNT(*) AS patterns,
        SUBSTR(MIN(listed.pattern), 1, 200) AS first_pattern
      FROM `eros_scheduling_brain.caption_restriction_patterns` AS listed
      WHERE NOT listed.is_valid
      GROUP BY listed.page_name
    ),
    locked AS (
      -- Active locks only, whether or not the sweep has been there since they ended.
      SELECT
        LOWER(TRIM(lock.page_name)) AS page_name,
        COUNT(DISTINCT lock.caption_id) AS captions
      FROM `eros_scheduling_brain.active_caption_assignments` AS lock
      WHERE lock.is_active
        AND lock.scheduled_send_date >= DATE(p_now, 'America/Los_Angeles')
        AND lock.scheduled_send_date >= p_execution_date
      GROUP BY LOWER(TRIM(lock.page_name))
    ),
    pool AS (
      SELECT
        counts.page_name,
        SUM(counts.pool_eligible) AS eligible,
        STRING_AGG(
          IF(
            counts.is_below_minimum,
            CONCAT(
              'scope=', counts.scope, '|pool=', CAST(counts.pool_after_hard AS STRING),
              '|minimum=', CAST(counts.min_pool AS STRING)
            ),
            NULL
          ),
          '|' ORDER BY counts.scope
        ) AS shortfall
      FROM `eros_scheduling_brain.caption_pool_counts`(p_page_names) AS counts
      GROUP BY counts.page_name
    )
  SELECT
    page.page_name,
    `eros_scheduling_brain.validate_input`(page.page_name, 100) AS is_page_name,
    bad_pattern.patterns AS bad_patterns,
    bad_pattern.first_pattern AS first_bad_pattern,
    COALESCE(locked.captions, 0) AS locked_captions,
    COALESCE(pool.eligible, 0) AS pool_eligible,
    pool.shortfall
  FROM page
  LEFT JOIN bad_pattern ON bad_pattern.page_name = page.page_name
  LEFT JOIN locked ON locked.page_name = page.page_name
  LEFT JOIN pool ON pool.page_name = page.page_name
) AS c;
