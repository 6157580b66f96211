-- What is measured once a day, because it is large or changes by the day: what messages earn, how many are matched, copies
-- and growth, captions left, pages without fresh statistics, exports, pools, restrictions and what they cost.
-- A signal of pages has a row a page, and one waiting row when there is no page.
-- The last week is that of messages from eight to one day ago, so that captions are found and results are in; it is
-- compared with the week before. A message is there twice when its row_id is, or when a page sent the same figures at the
-- same instant.
-- Read by: run_health_check_at once a day. Source: message_facts, caption_bank, caption_bandit_stats, exports, pool_health,
-- restrictions and their audit, the region's jobs.
CREATE OR REPLACE TABLE FUNCTION `eros_scheduling_brain.daily_signals_at`(p_now TIMESTAMP)
RETURNS TABLE<
  --: What was measured.
  signal STRING,
  --: Page that it is of; empty for the whole platform.
  subject STRING,
  --: Value in the signal's unit; 0 without anything to count.
  value FLOAT64,
  --: Always null: no age is among them.
  since TIMESTAMP,
  --: What else a text may say, as key=value|key=value.
  details STRING,
  --: TRUE where nothing is there to measure or to compare with.
  is_waiting BOOL
>
OPTIONS(description="Messages, captions left, fresh statistics, exports, pools and restrictions of a day, one row a signal and subject.")
AS
SELECT
  measure.signal,
  '' AS subject,
  measure.value,
  CAST(NULL AS TIMESTAMP) AS since,
  measure.details,
  measure.is_waiting
FROM (
  SELECT
    COUNT(*) AS messages_30d,
    COUNT(DISTINCT sent.page_name) AS pages_30d,
    COUNTIF(sent.is_14d) AS messages_14d,
    COUNTIF(sent.is_14d)
      - LEAST(COUNT(DISTINCT IF(sent.is_14d, sent.row_id, NULL)), COUNT(DISTINCT IF(sent.is_14d, sent.figures, NULL)))
      AS doubled,
    COUNTIF(sent.week = 0) AS messages_0,
    COUNTIF(sent.week = 1) AS messages_1,
    100 * SAFE_DIVIDE(COUNTIF(sent.week = 0 AND sent.caption_id IS NOT NULL), COUNTIF(sent.week = 0)) AS share_0,
    100 * SAFE_DIVIDE(COUNTIF(sent.week = 1 AND sent.caption_id IS NOT NULL), COUNTIF(sent.week = 1)) AS share_1,
    AVG(IF(sent.week = 0 AND sent.message_type = 'PPV', sent.emv, NULL)) AS emv_0,
    AVG(IF(sent.week = 1 AND sent.message_type = 'PPV', sent.emv, NULL)) AS emv_1
  FROM (
    SELECT
      facts.row_id,
      facts.page_name,
      facts.caption_id,
      facts.message_type,
      facts.emv,
      TO_JSON_STRING(
        STRUCT(
          facts.page_name, UNIX_MICROS(facts.sending_time) AS sent_at, facts.price, facts.sent_count,
          facts.viewed_count, facts.purchased_count, facts.earnings
        )
      ) AS figures,
      facts.sending_time > TIMESTAMP_SUB(p_now, INTERVAL 14 DAY) AS is_14d,
      CASE
        WHEN facts.sending_time > TIMESTAMP_SUB(p_now, INTERVAL 1 DAY) THEN NULL
        WHEN facts.sending_time > TIMESTAMP_SUB(p_now, INTERVAL 8 DAY) THEN 0
        WHEN facts.sending_time > TIMESTAMP_SUB(p_now, INTERVAL 15 DAY) THEN 1
      END AS week
    FROM `eros_scheduling_brain.message_facts` AS facts
    WHERE facts.sending_time > TIMESTAMP_SUB(p_now, INTERVAL 30 DAY) AND facts.sending_time <= p_now
  ) AS sent
) AS seen
CROSS JOIN UNNEST([
  STRUCT(
    'doubled_messages' AS signal,
    CAST(seen.doubled AS FLOAT64) AS value,
    CONCAT('messages=', CAST(seen.messages_14d AS STRING)) AS details,
    FALSE AS is_waiting
  ),
  STRUCT(
    'match_share_fall_percent',
    GREATEST(COALESCE(100 * SAFE_DIVIDE(seen.share_1 - seen.share_0, seen.share_1), 0), 0),
    CONCAT(
      'share=', `eros_scheduling_brain.plain_number`(COALESCE(seen.share_0, 0)),
      '|share_before=', `eros_scheduling_brain.plain_number`(COALESCE(seen.share_1, 0))
    ),
    seen.messages_0 = 0 OR seen.messages_1 = 0
  ),
  STRUCT(
    'emv_fall_percent',
    GREATEST(COALESCE(100 * SAFE_DIVIDE(seen.emv_1 - seen.emv_0, seen.emv_1), 0), 0),
    CONCAT(
      'emv=', `eros_scheduling_brain.plain_number`(COALESCE(seen.emv_0, 0)),
      '|emv_before=', `eros_scheduling_brain.plain_number`(COALESCE(seen.emv_1, 0))
    ),
    seen.emv_0 IS NULL OR seen.emv_1 IS NULL
  ),
  STRUCT('messages_30d', CAST(seen.messages_30d AS FLOAT64), '', FALSE),
  STRUCT('sending_pages_30d', CAST(seen.pages_30d AS FLOAT64), '', FALSE)
]) AS measure
UNION ALL
SELECT
  'bank_captions' AS signal,
  '' AS subject,
  CAST(COUNT(bank.caption_id) AS FLOAT64) AS value,
  CAST(NULL AS TIMESTAMP) AS since,
  '' AS details,
  FALSE AS is_waiting
FROM `eros_scheduling_brain.caption_bank` AS bank
UNION ALL
SELECT
  measure.signal,
  '' AS subject,
  measure.value,
  CAST(NULL AS TIMESTAMP) AS since,
  '' AS details,
  FALSE AS is_waiting
FROM (
  SELECT
    ARRAY_AGG(
      TIMESTAMP_DIFF(job.end_time, job.start_time, MILLISECOND) IGNORE NULLS
      ORDER BY TIMESTAMP_DIFF(job.end_time, job.start_time, MILLISECOND)
    ) AS durations,
    `eros_scheduling_brain.query_cost_usd`(COALESCE(SUM(job.total_bytes_billed), 0)) AS cost
  FROM `region-us`.INFORMATION_SCHEMA.JOBS AS job
  CROSS JOIN `eros_scheduling_brain.deployed_stack` AS stack
  WHERE
    job.creation_time > TIMESTAMP_SUB(p_now, INTERVAL 24 HOUR)
    AND job.creation_time <= p_now
    AND COALESCE(job.statement_type, '') != 'SCRIPT'
    AND EXISTS (
      SELECT 1
      FROM UNNEST(job.referenced_tables) AS used
      WHERE
        used.project_id = stack.project_id
        AND used.dataset_id = stack.dataset_id
        AND used.table_id = 'creator_caption_restrictions'
    )
) AS restricting
CROSS JOIN UNNEST([
  STRUCT(
    'restriction_p95_ms' AS signal,
    CAST(
      COALESCE(
        restricting.durations[SAFE_OFFSET(CAST(CEIL(0.95 * ARRAY_LENGTH(restricting.durations)) AS INT64) - 1)], 0
      ) AS FLOAT64
    ) AS value
  ),
  STRUCT('restriction_cost_usd', restricting.cost)
]) AS measure
UNION ALL
SELECT
  'stale_pages' AS signal,
  '' AS subject,
  CAST(COUNTIF(page.last_updated < TIMESTAMP_SUB(page.newest, INTERVAL 12 HOUR)) AS FLOAT64) AS value,
  CAST(NULL AS TIMESTAMP) AS since,
  CONCAT('page=', COALESCE(MIN_BY(page.page_name, page.last_updated), 'none')) AS details,
  FALSE AS is_waiting
FROM (
  SELECT
    stats.page_name,
    MAX(stats.last_updated) AS last_updated,
    MAX(MAX(stats.last_updated)) OVER () AS newest
  FROM `eros_scheduling_brain.caption_bandit_stats` AS stats
  GROUP BY stats.page_name
) AS page
UNION ALL
SELECT
  'available_captions' AS signal,
  '' AS subject,
  CAST(COUNTIF(held.caption_id IS NULL) AS FLOAT64) AS value,
  CAST(NULL AS TIMESTAMP) AS since,
  '' AS details,
  FALSE AS is_waiting
FROM (SELECT DISTINCT b.caption_id FROM `eros_scheduling_brain.caption_bank` AS b) AS bank
LEFT JOIN (
  SELECT DISTINCT a.caption_id
  FROM `eros_scheduling_brain.active_caption_assignments` AS a
  WHERE a.is_active AND a.scheduled_send_date >= DATE(p_now, 'America/Los_Angeles')
) AS held ON held.caption_id = bank.caption_id
UNION ALL
SELECT
  'failed_exports_24h' AS signal,
  '' AS subject,
  CAST(COUNTIF(tried.status = 'FAILED') AS FLOAT64) AS value,
  CAST(NULL AS TIMESTAMP) AS since,
  '' AS details,
  FALSE AS is_waiting
FROM `eros_scheduling_brain.schedule_export_log` AS tried
WHERE tried.export_timestamp > TIMESTAMP_SUB(p_now, INTERVAL 24 HOUR) AND tried.export_timestamp <= p_now
UNION ALL
SELECT
  IF(scope.name = 'PPV', 'ppv_pool', 'bump_pool') AS signal,
  COALESCE(pool.page_name, '') AS subject,
  CAST(pool.pool_after_restrictions AS FLOAT64) AS value,
  CAST(NULL AS TIMESTAMP) AS since,
  CONCAT('page=', COALESCE(pool.page_name, 'none')) AS details,
  pool.page_name IS NULL AS is_waiting
FROM UNNEST([STRUCT('PPV' AS name), STRUCT('BUMP')]) AS scope
LEFT JOIN (
  SELECT counted.page_name, counted.scope, counted.pool_after_restrictions
  FROM `eros_scheduling_brain.pool_health` AS counted
  WHERE
    counted.check_date >= DATE_SUB(DATE(p_now, 'America/Los_Angeles'), INTERVAL 2 DAY)
    AND counted.check_date <= DATE(p_now, 'America/Los_Angeles')
  QUALIFY counted.check_date = MAX(counted.check_date) OVER ()
) AS pool ON pool.scope = scope.name
UNION ALL
SELECT
  measure.signal,
  measure.subject,
  measure.value,
  CAST(NULL AS TIMESTAMP) AS since,
  measure.details,
  measure.is_waiting
FROM (
  -- One row a page of its latest selection of 24 hours, with the captions before the first hard rule and those that
  -- hard rules left out; one row without page where nothing was selected.
  SELECT
    100 * SAFE_DIVIDE(SUM(page.excluded), SUM(page.before)) AS all_percent,
    COUNT(*) = 0 AS is_empty,
    ARRAY_AGG(
      STRUCT(
        'hard_filtered_percent' AS signal,
        page.page_name AS subject,
        100 * SAFE_DIVIDE(page.excluded, page.before) AS value,
        CONCAT('page=', page.page_name) AS details,
        FALSE AS is_waiting
      )
    ) AS pages
  FROM (
    SELECT part.page_name, SUM(part.excluded) AS excluded, MAX(part.before) AS before
    FROM (
      SELECT
        audit.page_name,
        audit.rule_type,
        MAX(audit.total_pool_before_filter) AS before,
        MAX(audit.total_pool_before_filter - audit.total_pool_after_filter) AS excluded
      FROM (
        SELECT a.page_name, a.rule_type, a.total_pool_before_filter, a.total_pool_after_filter
        FROM `eros_scheduling_brain.caption_filter_audit_log` AS a
        WHERE
          a.filtered_at > TIMESTAMP_SUB(p_now, INTERVAL 24 HOUR)
          AND a.filtered_at <= p_now
          AND a.enforcement = 'HARD'
          AND a.rule_type IN ('ALLOWED_PROFILE', 'CATEGORY', 'PRICE_TIER', 'PATTERN_HARD')
        QUALIFY a.filtered_at = MAX(a.filtered_at) OVER (PARTITION BY a.page_name)
      ) AS audit
      GROUP BY audit.page_name, audit.rule_type
    ) AS part
    GROUP BY part.page_name
  ) AS page
) AS filtered
CROSS JOIN UNNEST(
  ARRAY_CONCAT(
    [
      STRUCT(
        'restriction_blocked_percent' AS signal,
        '' AS subject,
        COALESCE(filtered.all_percent, 0) AS value,
        '' AS details,
        filtered.is_empty AS is_waiting
      ),
      STRUCT('hard_filtered_percent', '', NULL, 'page=none', TRUE)
    ],
    COALESCE(filtered.pages, [])
  )
) AS measure
UNION ALL
SELECT
  measure.signal,
  '' AS subject,
  CAST(measure.value AS FLOAT64) AS value,
  CAST(NULL AS TIMESTAMP) AS since,
  '' AS details,
  FALSE AS is_waiting
FROM (
  SELECT
    COALESCE(
      SUM(
        IF(
          version.is_newest AND version.is_active,
          COALESCE(ARRAY_LENGTH(version.hard_patterns), 0)
            + COALESCE(ARRAY_LENGTH(version.soft_patterns), 0)
            + COALESCE(ARRAY_LENGTH(version.restricted_categories), 0)
            + COALESCE(ARRAY_LENGTH(version.restricted_price_tiers), 0),
          0
        )
      ),
      0
    ) AS rules_active,
    COUNTIF(version.updated_at > TIMESTAMP_SUB(p_now, INTERVAL 24 HOUR)) AS changes_24h
  FROM (
    SELECT
      limits.hard_patterns,
      limits.soft_patterns,
      limits.restricted_categories,
      limits.restricted_price_tiers,
      limits.is_active,
      limits.updated_at,
      limits.version = MAX(limits.version) OVER (PARTITION BY limits.page_name) AS is_newest
    FROM `eros_scheduling_brain.creator_caption_restrictions` AS limits
    WHERE limits.updated_at <= p_now
  ) AS version
) AS restricted
CROSS JOIN UNNEST([
  STRUCT('restriction_rules_active' AS signal, restricted.rules_active AS value),
  STRUCT('restriction_changes_24h', restricted.changes_24h)
]) AS measure;
