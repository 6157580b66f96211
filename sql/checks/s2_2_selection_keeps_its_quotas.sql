-- Smoke test 2, second part: a selection for the first page that has statistics answers, stays within its quotas,
-- names no caption twice, and its scores and history are there. It draws means, so it writes nothing and repeats
-- itself.
-- When it fails: the detail names the rule; see sql/table_functions/caption_decisions_at.sql, then eros refresh -s
-- STACK, then eros up -s STACK.
WITH
  selected AS (
    SELECT
      s.caption_id AS caption_id,
      COALESCE(s.bucket, 'NULL') AS bucket,
      s.price_tier AS price_tier,
      s.final_score AS final_score
    FROM
      `eros_scheduling_brain.caption_selection_at`(
        COALESCE((SELECT MIN(c.page_name) FROM `eros_scheduling_brain.caption_bandit_stats` AS c), 'no_such_page'),
        'STANDARD', 4, 3, 2, 3, CURRENT_TIMESTAMP(), 'MEAN'
      ) AS s
  ),
  quotas AS (
    SELECT q.bucket AS bucket, q.quota AS quota
    FROM
      UNNEST([
        STRUCT('budget' AS bucket, 4 AS quota), STRUCT('mid', 3), STRUCT('premium', 2), STRUCT('bump', 3)
      ]) AS q
  ),
  per_bucket AS (
    SELECT selected.bucket AS bucket, COUNT(*) AS picked
    FROM selected
    GROUP BY selected.bucket
  )
SELECT
  CONCAT(
    CAST(per_bucket.picked AS STRING), ' captions of the bucket ', per_bucket.bucket, ', the quota is ',
    CAST(COALESCE(quotas.quota, 0) AS STRING)
  ) AS detail
FROM per_bucket
LEFT JOIN quotas ON quotas.bucket = per_bucket.bucket
WHERE per_bucket.picked > COALESCE(quotas.quota, 0)
UNION ALL
SELECT
  CONCAT(
    'caption ', CAST(selected.caption_id AS STRING), ' is selected ', CAST(COUNT(*) AS STRING), ' times'
  ) AS detail
FROM selected
GROUP BY selected.caption_id
HAVING COUNT(*) > 1
UNION ALL
SELECT
  CONCAT(
    'caption ', COALESCE(CAST(selected.caption_id AS STRING), 'NULL'), ' of the tier ',
    COALESCE(selected.price_tier, 'NULL'), ' stands in the bucket ', selected.bucket, ' with the score ',
    COALESCE(CAST(selected.final_score AS STRING), 'NULL')
  ) AS detail
FROM selected
WHERE selected.caption_id IS NULL
  OR selected.final_score IS NULL
  OR COALESCE(`eros_scheduling_brain.price_bucket`(selected.price_tier), '') != selected.bucket
UNION ALL
SELECT
  CONCAT('the history of an unknown page has ', CAST(COUNT(*) AS STRING), ' rows, or lists that are null') AS detail
FROM `eros_scheduling_brain.caption_context_at`('no_such_page', CURRENT_TIMESTAMP()) AS h
HAVING COUNT(*) != 1
  OR COUNTIF(h.seen_categories IS NULL OR h.seen_tiers IS NULL OR h.has_recent_urgency IS NULL) > 0
