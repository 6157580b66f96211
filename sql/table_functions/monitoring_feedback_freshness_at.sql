-- How old the caption statistics of each page are. A page under contract without statistics is a row too: UNKNOWN, since
-- a new page has sent nothing yet.
-- The limits are those of the alert rules on the same signal.
-- Read by: monitoring_feedback_freshness. Source: caption_bandit_stats, active_creators, declared_alert_rules.
CREATE OR REPLACE TABLE FUNCTION `eros_scheduling_brain.monitoring_feedback_freshness_at`(p_now TIMESTAMP)
RETURNS TABLE<
  --: Page with statistics or under contract: lower case, trimmed; one row each.
  page_name STRING,
  --: STALE or WARNING above the hours of the alert rules (signal feedback_hours_stale), else OK; UNKNOWN without statistics.
  state STRING,
  --: Hours since the newest statistics of the page were written; null without any.
  newest_age_hours FLOAT64,
  --: Hours since the oldest of them were written: more than the newest when a run left some behind.
  oldest_age_hours FLOAT64,
  --: Captions with statistics on the page.
  captions INT64,
  --: Messages a caption; null without captions.
  avg_observations FLOAT64,
  --: Messages that the statistics rest on: successes and failures without the two of the prior.
  trials INT64
>
OPTIONS(description="Age of the caption statistics of each page against the limits of the alert rules, with captions and messages.")
AS
SELECT
  page.page_name,
  CASE
    WHEN page.newest_age_hours IS NULL OR page.warning_hours IS NULL OR page.stale_hours IS NULL THEN 'UNKNOWN'
    WHEN page.newest_age_hours > page.stale_hours THEN 'STALE'
    WHEN page.newest_age_hours > page.warning_hours THEN 'WARNING'
    ELSE 'OK'
  END AS state,
  page.newest_age_hours,
  page.oldest_age_hours,
  page.captions,
  page.avg_observations,
  page.trials
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
        MAX(s.last_updated) AS newest,
        MIN(s.last_updated) AS oldest,
        COUNT(*) AS captions,
        AVG(s.total_observations) AS avg_observations,
        SUM(s.successes + s.failures - 2) AS trials
      FROM `eros_scheduling_brain.caption_bandit_stats` AS s
      WHERE s.last_updated <= p_now
      GROUP BY LOWER(TRIM(s.page_name))
    )
  SELECT
    COALESCE(statistic.page_name, contract.page_name) AS page_name,
    TIMESTAMP_DIFF(p_now, statistic.newest, SECOND) / 3600 AS newest_age_hours,
    TIMESTAMP_DIFF(p_now, statistic.oldest, SECOND) / 3600 AS oldest_age_hours,
    COALESCE(statistic.captions, 0) AS captions,
    statistic.avg_observations,
    COALESCE(statistic.trials, 0) AS trials,
    limits.warning_hours,
    limits.stale_hours
  FROM statistic
  FULL OUTER JOIN contract ON contract.page_name = statistic.page_name
  CROSS JOIN (
    SELECT
      MIN(IF(rule.level = 'WARNING', rule.threshold, NULL)) AS warning_hours,
      MIN(IF(rule.level = 'CRITICAL', rule.threshold, NULL)) AS stale_hours
    FROM `eros_scheduling_brain.declared_alert_rules` AS rule
    WHERE rule.signal = 'feedback_hours_stale'
  ) AS limits
) AS page;
