-- Smoke test 1: the analysis knows size and risk of any page, and the reports that the daily automation stored in the
-- last 7 days hold size_tier, risk_level and the nine other fields that the schedule builder reads, one report for
-- each page that a run counted as processed.
-- When it fails: look at creator_processing_errors for the page and date, then call run_daily_automation for that
-- date.
WITH
  reports AS (
    SELECT
      CONCAT(FORMAT_DATE('%F', c.report_date), ' ', c.page_name) AS label,
      c.performance_report AS report
    FROM `eros_scheduling_brain.creator_reports` AS c
    WHERE c.report_date >= DATE_SUB(CURRENT_DATE('America/Los_Angeles'), INTERVAL 7 DAY)
  ),
  fields AS (
    SELECT f AS field
    FROM
      UNNEST([
        'size_tier', 'risk_level', 'creator_name', 'analysis_timestamp', 'data_freshness', 'behavioral_segment',
        'psychological_trigger_analysis', 'content_category_performance', 'day_of_week_patterns',
        'time_window_optimization', 'available_categories'
      ]) AS f
  ),
  runs AS (
    SELECT j.execution_date AS execution_date, MAX(j.creators_processed) AS pages
    FROM `eros_scheduling_brain.etl_job_runs` AS j
    WHERE j.job_name = 'daily_automation'
      AND j.job_start_time >= TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 7 DAY)
      AND j.execution_date >= DATE_SUB(CURRENT_DATE('America/Los_Angeles'), INTERVAL 7 DAY)
      AND j.job_status IN ('SUCCESS', 'COMPLETED_WITH_ERRORS')
    GROUP BY j.execution_date
  ),
  stored AS (
    SELECT c.report_date AS report_date, COUNT(DISTINCT c.page_name) AS pages
    FROM `eros_scheduling_brain.creator_reports` AS c
    WHERE c.report_date >= DATE_SUB(CURRENT_DATE('America/Los_Angeles'), INTERVAL 7 DAY)
    GROUP BY c.report_date
  )
SELECT CONCAT('the report of ', reports.label, ' is not JSON') AS detail
FROM reports
WHERE SAFE.PARSE_JSON(reports.report) IS NULL
UNION ALL
SELECT CONCAT('the report of ', reports.label, ' lacks ', fields.field) AS detail
FROM reports
CROSS JOIN fields
WHERE SAFE.PARSE_JSON(reports.report) IS NOT NULL
  AND NOT REGEXP_CONTAINS(reports.report, CONCAT('"', fields.field, r'"\s*:'))
UNION ALL
SELECT
  CONCAT(
    FORMAT_DATE('%F', runs.execution_date), ': ', CAST(runs.pages AS STRING), ' pages processed, ',
    CAST(COALESCE(stored.pages, 0) AS STRING), ' reports stored'
  ) AS detail
FROM runs
LEFT JOIN stored ON stored.report_date = runs.execution_date
WHERE runs.pages > COALESCE(stored.pages, 0)
UNION ALL
SELECT
  CONCAT(
    'the analysis of an unknown page gives ', CAST(COUNT(*) AS STRING), ' rows, ',
    CAST(COUNTIF(a.size_tier = 'MEDIUM' AND a.risk_level = 'LOW') AS STRING), ' of them MEDIUM and LOW'
  ) AS detail
FROM `eros_scheduling_brain.analyze_saturation_status`('no_such_page') AS a
HAVING COUNT(*) != 1 OR COUNTIF(a.size_tier = 'MEDIUM' AND a.risk_level = 'LOW') != 1
