-- The pages whose caption statistics are too old to select by, and pages under contract that have none.
-- Read by: monitoring_stale_pages. Source: caption_bandit_stats, active_creators, declared_alert_rules.
CREATE OR REPLACE TABLE FUNCTION `eros_scheduling_brain.monitoring_stale_pages_at`(p_now TIMESTAMP)
RETURNS TABLE<
  --: Page whose newest statistics are older than the CRITICAL rule on feedback_hours_stale allows, or that has none.
  page_name STRING,
  --: Hours since they were written; null without any.
  hours_since_update FLOAT64,
  --: When they were written; null without any.
  last_update TIMESTAMP,
  --: Captions with statistics on the page.
  captions INT64,
  --: When the page last sent one of them; null without any.
  last_used TIMESTAMP,
  --: Days from then to p_now.
  days_since_use FLOAT64,
  --: Messages that the statistics rest on.
  observations INT64
>
OPTIONS(description="Pages whose caption statistics are older than the CRITICAL alert rule allows or are missing.")
AS
SELECT
  page.page_name,
  page.hours_since_update,
  page.last_update,
  page.captions,
  page.last_used,
  page.days_since_use,
  page.observations
FROM (
  WITH
    contract AS (
      SELECT DISTINCT LOWER(TRIM(creator.page_name)) AS page_name
      FROM `eros_scheduling_brain.active_creators` AS creator
      WHERE TRIM(creator.page_name) != ''
    ),
    statistic AS (
      SELECT
        LOWER(TRIM(s.page_name)) AS page_name,
        MAX(s.last_updated) AS last_update,
        COUNT(*) AS captions,
        MAX(s.last_used) AS last_used,
        SUM(s.total_observations) AS observations
      FROM `eros_scheduling_brain.caption_bandit_stats` AS s
      WHERE s.last_updated <= p_now
      GROUP BY LOWER(TRIM(s.page_name))
    )
  SELECT
    COALESCE(statistic.page_name, contract.page_name) AS page_name,
    statistic.last_update,
    TIMESTAMP_DIFF(p_now, statistic.last_update, SECOND) / 3600 AS hours_since_update,
    COALESCE(statistic.captions, 0) AS captions,
    statistic.last_used,
    TIMESTAMP_DIFF(p_now, statistic.last_used, SECOND) / 86400 AS days_since_use,
    COALESCE(statistic.observations, 0) AS observations,
    limits.stale_hours
  FROM statistic
  FULL OUTER JOIN contract ON contract.page_name = statistic.page_name
  CROSS JOIN (
    SELECT MIN(rule.threshold) AS stale_hours
    FROM `eros_scheduling_brain.declared_alert_rules` AS rule
    WHERE rule.signal = 'feedback_hours_stale' AND rule.level = 'CRITICAL'
  ) AS limits
) AS page
WHERE COALESCE(page.hours_since_update > page.stale_hours, TRUE);
