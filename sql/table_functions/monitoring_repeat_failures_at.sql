-- The pages that keep failing in the daily automation: three errors or more in seven days, the twenty worst.
-- Rows of the run itself (SYSTEM_CLEANUP, SYSTEM_REFERENCE_DATA) are no pages.
-- Read by: monitoring_repeat_failures. Source: creator_processing_errors.
CREATE OR REPLACE TABLE FUNCTION `eros_scheduling_brain.monitoring_repeat_failures_at`(p_now TIMESTAMP)
RETURNS TABLE<
  --: Page with three errors or more; one row each, twenty at most, those with most errors first, then the latest.
  page_name STRING,
  --: Errors of the page in the 7 days before p_now.
  failures INT64,
  --: Different Los Angeles dates of the runs in which they occurred.
  failing_days INT64,
  --: Instant of the last of them.
  last_failure TIMESTAMP,
  --: Hours from it to p_now.
  hours_since_last FLOAT64,
  --: The three latest different error texts, the latest first, joined by ' | '.
  sample_errors STRING
>
OPTIONS(description="The twenty pages with most errors of the daily automation in 7 days, three at least, with samples of the texts.")
AS
SELECT
  page.page_name,
  page.failures,
  page.failing_days,
  page.last_failure,
  TIMESTAMP_DIFF(p_now, page.last_failure, SECOND) / 3600 AS hours_since_last,
  page.sample_errors
FROM (
  WITH
    failure AS (
      SELECT
        e.page_name,
        COALESCE(e.execution_date, DATE(e.error_time, 'America/Los_Angeles')) AS execution_date,
        e.error_time,
        COALESCE(e.error_message, '(no text)') AS error_message,
        ROW_NUMBER() OVER (
          PARTITION BY e.page_name, COALESCE(e.error_message, '(no text)') ORDER BY e.error_time DESC
        ) AS nth_of_text
      FROM `eros_scheduling_brain.creator_processing_errors` AS e
      WHERE e.error_time > TIMESTAMP_SUB(p_now, INTERVAL 7 DAY)
        AND e.error_time <= p_now
        AND NOT STARTS_WITH(e.page_name, 'SYSTEM_')
    ),
    numbered AS (
      SELECT
        failure.page_name,
        failure.execution_date,
        failure.error_time,
        failure.error_message,
        failure.nth_of_text,
        SUM(IF(failure.nth_of_text = 1, 1, 0)) OVER (
          PARTITION BY failure.page_name
          ORDER BY failure.error_time DESC, failure.error_message
          ROWS UNBOUNDED PRECEDING
        ) AS texts_so_far
      FROM failure
    )
  SELECT
    numbered.page_name,
    COUNT(*) AS failures,
    COUNT(DISTINCT numbered.execution_date) AS failing_days,
    MAX(numbered.error_time) AS last_failure,
    STRING_AGG(
      IF(numbered.nth_of_text = 1 AND numbered.texts_so_far <= 3, numbered.error_message, NULL), ' | '
      ORDER BY numbered.error_time DESC, numbered.error_message
    ) AS sample_errors
  FROM numbered
  GROUP BY numbered.page_name
) AS page
WHERE page.failures >= 3
QUALIFY ROW_NUMBER() OVER (ORDER BY page.failures DESC, page.last_failure DESC, page.page_name) <= 20;
