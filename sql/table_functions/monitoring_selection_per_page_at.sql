-- How the caption selections of seven days went, by page, and how long they took.
-- What is recorded by page is the traces that a selection leaves: its rows in caption_filter_audit_log and its alerts. One
-- that no rule touched and that got all it asked for leaves none and is not counted; of refusals on the same page the
-- first is counted until somebody acknowledges it. How long a selection took is not recorded by page; the schedule
-- builder records it of its runs as the job caption_selection, which is the row (all pages).
-- Read by: monitoring_selection_per_page. Source: caption_filter_audit_log, automation_alerts, etl_job_runs.
CREATE OR REPLACE TABLE FUNCTION `eros_scheduling_brain.monitoring_selection_per_page_at`(p_now TIMESTAMP)
RETURNS TABLE<
  --: Page, lower case; (all pages) for the runs of the job caption_selection, only while there are some.
  page_name STRING,
  --: Selections of the 7 days before p_now that left a trace; of (all pages) the runs that have ended.
  selections INT64,
  --: Selections that were not refused; of (all pages) runs that ended well.
  succeeded INT64,
  --: Selections that were refused because the pool was below its minimum; of (all pages) runs that FAILED.
  failed INT64,
  --: Selections that got fewer captions than asked for in a bucket; null for (all pages).
  short INT64,
  --: Mean duration of the runs in seconds; null for pages, for which nobody records it.
  avg_seconds FLOAT64,
  --: Longest duration of the runs in seconds; null for pages.
  max_seconds FLOAT64,
  --: Instant of the last of them.
  last_selection TIMESTAMP
>
OPTIONS(description="Caption selections of 7 days by page: traces, refusals, shortfalls; durations of the runs over all pages.")
AS
SELECT
  page.page_name,
  page.selections,
  page.selections - page.failed AS succeeded,
  page.failed,
  page.short,
  CAST(NULL AS FLOAT64) AS avg_seconds,
  CAST(NULL AS FLOAT64) AS max_seconds,
  page.last_selection
FROM (
  SELECT
    trace.page_name,
    COUNT(DISTINCT trace.workflow_id) AS selections,
    COUNT(DISTINCT IF(trace.kind = 'pool_low', trace.workflow_id, NULL)) AS failed,
    COUNT(DISTINCT IF(trace.kind = 'selection_shortfall', trace.workflow_id, NULL)) AS short,
    MAX(trace.seen_at) AS last_selection
  FROM (
    SELECT log.page_name, log.workflow_id, '' AS kind, log.filtered_at AS seen_at
    FROM `eros_scheduling_brain.caption_filter_audit_log` AS log
    WHERE log.filtered_at > TIMESTAMP_SUB(p_now, INTERVAL 7 DAY)
      AND log.filtered_at <= p_now
    UNION ALL
    SELECT
      REGEXP_EXTRACT(alert.alert_kind, ':(.+)$') AS page_name,
      alert.job_id AS workflow_id,
      REGEXP_EXTRACT(alert.alert_kind, '^[^:]+') AS kind,
      alert.alert_time AS seen_at
    FROM `eros_scheduling_brain.automation_alerts` AS alert
    WHERE alert.alert_source = 'caption_selection'
      AND alert.alert_time > TIMESTAMP_SUB(p_now, INTERVAL 7 DAY)
      AND alert.alert_time <= p_now
  ) AS trace
  WHERE trace.page_name IS NOT NULL
  GROUP BY trace.page_name
) AS page
UNION ALL
SELECT
  '(all pages)' AS page_name,
  runs.ended AS selections,
  runs.ended - runs.failed AS succeeded,
  runs.failed,
  CAST(NULL AS INT64) AS short,
  runs.avg_seconds,
  runs.max_seconds,
  runs.last_selection
FROM (
  SELECT
    COUNT(*) AS ended,
    COUNTIF(run.job_status = 'FAILED') AS failed,
    AVG(run.job_duration_seconds) AS avg_seconds,
    MAX(run.job_duration_seconds) AS max_seconds,
    MAX(run.job_start_time) AS last_selection
  FROM `eros_scheduling_brain.etl_job_runs` AS run
  WHERE run.job_name = 'caption_selection'
    AND run.job_status != 'RUNNING'
    AND run.job_start_time > TIMESTAMP_SUB(p_now, INTERVAL 7 DAY)
    AND run.job_start_time <= p_now
) AS runs
WHERE runs.ended > 0;
