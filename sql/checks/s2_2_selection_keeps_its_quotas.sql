-- Smoke test 2, second part: a selection answers, stays within its quotas, names no caption twice, and its scores and
-- history are there. It selects for a page that nobody knows, which has the whole pool, because arguments are
-- constants. It draws means, so it writes nothing and repeats itself.
-- When it fails: the detail names the rule; see sql/table_functions/caption_decisions_at.sql, then eros refresh -s
-- STACK, then eros up -s STACK.
WITH
  -- Counted in the one reading: a CTE that is named three times is planned three times.
  selected AS (
    SELECT
      s.caption_id AS caption_id,
      COALESCE(s.bucket, 'NULL') AS bucket,
      s.price_tier AS price_tier,
      s.final_score AS final_score,
      COUNT(*) OVER (PARTITION BY s.bucket) AS in_bucket,
      COUNT(*) OVER (PARTITION BY s.caption_id) AS times,
      CASE s.bucket WHEN 'budget' THEN 4 WHEN 'mid' THEN 3 WHEN 'premium' THEN 2 WHEN 'bump' THEN 3 ELSE 0 END AS quota
    FROM
      `eros_scheduling_brain.caption_selection_at`(
        'no_such_page', 'STANDARD', 4, 3, 2, 3, CURRENT_TIMESTAMP(), 'MEAN'
      ) AS s
  )
SELECT DISTINCT offence AS detail
FROM selected
CROSS JOIN UNNEST([
  IF(
    selected.in_bucket > selected.quota,
    CONCAT(
      CAST(selected.in_bucket AS STRING), ' captions of the bucket ', selected.bucket, ', the quota is ',
      CAST(selected.quota AS STRING)
    ),
    NULL
  ),
  IF(
    selected.times > 1,
    CONCAT(
      'caption ', CAST(selected.caption_id AS STRING), ' is selected ', CAST(selected.times AS STRING), ' times'
    ),
    NULL
  ),
  IF(
    selected.caption_id IS NULL
    OR selected.final_score IS NULL
    OR COALESCE(`eros_scheduling_brain.price_bucket`(selected.price_tier), '') != selected.bucket,
    CONCAT(
      'caption ', COALESCE(CAST(selected.caption_id AS STRING), 'NULL'), ' of the tier ',
      COALESCE(selected.price_tier, 'NULL'), ' stands in the bucket ', selected.bucket, ' with the score ',
      COALESCE(CAST(selected.final_score AS STRING), 'NULL')
    ),
    NULL
  )
]) AS offence
WHERE offence IS NOT NULL
UNION ALL
SELECT
  CONCAT('the history of an unknown page has ', CAST(COUNT(*) AS STRING), ' rows, or lists that are null') AS detail
FROM `eros_scheduling_brain.caption_context_at`('no_such_page', CURRENT_TIMESTAMP()) AS h
HAVING COUNT(*) != 1
  OR COUNTIF(h.seen_categories IS NULL OR h.seen_tiers IS NULL OR h.has_recent_urgency IS NULL) > 0
