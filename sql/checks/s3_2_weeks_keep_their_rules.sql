-- Smoke test 3, second part, and the old verification of schedules (q3): every active week that `eros week` built, of
-- the last 21 days and to come, has as many rows as were built, one that sells and two free ones at least, all in one
-- week from Monday to Sunday with follow-ups after them, at prices of their types; messages that sell keep the gap that
-- the week was built with, and no price tier stands three times in a row among them. What the build says gave way is
-- no failure.
-- When it fails: look at eros week show ID --why -s STACK; cancel the week (eros week cancel ID -s STACK) and build it
-- again.
WITH
  built AS (
    SELECT
      a.entity_id AS schedule_id,
      SAFE_CAST(JSON_VALUE(a.details, '$.messages') AS INT64) AS messages,
      SAFE_CAST(JSON_VALUE(a.details, '$.gap_minutes') AS INT64) AS gap_minutes,
      SAFE_CAST(JSON_VALUE(a.details, '$.monday') AS DATE) AS monday,
      COALESCE(JSON_QUERY(a.details, '$.gave_way'), '') AS gave_way
    FROM `eros_scheduling_brain.audit_log` AS a
    WHERE a.timestamp >= TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 400 DAY)
      AND a.entity_type = 'schedule'
      AND a.action = 'build'
    QUALIFY ROW_NUMBER() OVER (PARTITION BY a.entity_id ORDER BY a.timestamp DESC) = 1
  ),
  messages AS (
    SELECT
      r.schedule_id AS schedule_id,
      r.message_type AS message_type,
      r.scheduled_send_date AS send_date,
      r.recommended_price AS price,
      `eros_scheduling_brain.price_bucket`(r.price_tier) AS bucket,
      r.scheduled_send_time AS send_time,
      LAG(r.scheduled_send_time) OVER before_it AS previous_time,
      LAG(`eros_scheduling_brain.price_bucket`(r.price_tier)) OVER before_it AS previous_bucket,
      LAG(`eros_scheduling_brain.price_bucket`(r.price_tier), 2) OVER before_it AS bucket_before_that
    FROM `eros_scheduling_brain.schedule_recommendations` AS r
    WHERE r.is_active AND r.scheduled_send_date >= DATE_SUB(CURRENT_DATE('America/Los_Angeles'), INTERVAL 21 DAY)
    WINDOW before_it AS (PARTITION BY r.schedule_id, r.message_type ORDER BY r.scheduled_send_time)
  )
SELECT CONCAT('schedule ', built.schedule_id, ': ', offence) AS detail
FROM built
INNER JOIN messages ON messages.schedule_id = built.schedule_id
CROSS JOIN UNNEST([
  IF(
    messages.message_type NOT IN ('PPV', 'Bump', 'Follow up'),
    CONCAT('a message of the type ', messages.message_type),
    NULL
  ),
  IF(
    (messages.message_type = 'Bump') != (messages.price IS NULL)
    OR messages.price <= 0
    OR messages.price != ROUND(messages.price, 2),
    CONCAT('a ', messages.message_type, ' at the price ', COALESCE(CAST(messages.price AS STRING), 'NULL')),
    NULL
  ),
  IF(
    messages.send_date < built.monday
    OR (messages.message_type != 'Follow up' AND messages.send_date > DATE_ADD(built.monday, INTERVAL 6 DAY)),
    CONCAT('a message on ', FORMAT_DATE('%F', messages.send_date), ', the week starts on ', CAST(built.monday AS STRING)),
    NULL
  ),
  IF(
    messages.message_type = 'PPV'
    AND TIMESTAMP_DIFF(messages.send_time, messages.previous_time, MINUTE) < built.gap_minutes,
    CONCAT(
      CAST(TIMESTAMP_DIFF(messages.send_time, messages.previous_time, MINUTE) AS STRING),
      ' minutes between two messages that sell, at least ', CAST(built.gap_minutes AS STRING)
    ),
    NULL
  ),
  IF(
    messages.message_type = 'PPV'
    AND messages.bucket = messages.previous_bucket
    AND messages.bucket = messages.bucket_before_that
    AND STRPOS(built.gave_way, 'no price tier three times in a row') = 0,
    CONCAT('three messages of the tier ', messages.bucket, ' in a row'),
    NULL
  )
]) AS offence
WHERE offence IS NOT NULL
UNION ALL
SELECT
  CONCAT(
    'schedule ', built.schedule_id, ': ', CAST(COUNT(*) AS STRING), ' messages of ',
    COALESCE(CAST(ANY_VALUE(built.messages) AS STRING), '?'), ' that were built, ',
    CAST(COUNTIF(messages.message_type = 'PPV') AS STRING), ' sell, ',
    CAST(COUNTIF(messages.message_type = 'Bump') AS STRING), ' are free'
  ) AS detail
FROM built
INNER JOIN messages ON messages.schedule_id = built.schedule_id
-- The part of a week that has begun is not counted: older rows may be gone from the window.
WHERE built.monday >= DATE_SUB(CURRENT_DATE('America/Los_Angeles'), INTERVAL 14 DAY)
GROUP BY built.schedule_id
HAVING COUNT(*) != COALESCE(ANY_VALUE(built.messages), COUNT(*))
  OR (
    COUNTIF(messages.message_type = 'PPV') < 1
    AND STRPOS(ANY_VALUE(built.gave_way), 'number of messages that sell') = 0
  )
  OR (
    COUNTIF(messages.message_type = 'Bump') < 2
    AND STRPOS(ANY_VALUE(built.gave_way), 'number of free messages') = 0
  )
ORDER BY detail
