-- Smoke test 3, first part: of every week that `eros week` built, from today on, all messages are active or none is,
-- each that has a caption holds its lock for its day, and no lock of a withdrawn one is left.
-- When it fails: eros week run -s STACK --once sweeps what an interruption left; a week that is still named is
-- cancelled (eros week cancel ID -s STACK) and built again.
WITH
  built AS (
    SELECT
      r.schedule_id AS schedule_id,
      r.caption_id AS caption_id,
      r.scheduled_send_date AS send_date,
      r.is_active AS is_active,
      r.status AS status
    FROM `eros_scheduling_brain.schedule_recommendations` AS r
    WHERE r.scheduled_send_date >= CURRENT_DATE('America/Los_Angeles')
      AND r.schedule_id IN (
        SELECT a.entity_id
        FROM `eros_scheduling_brain.audit_log` AS a
        WHERE a.timestamp >= TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 400 DAY)
          AND a.entity_type = 'schedule'
          AND a.action = 'build'
      )
  ),
  locks AS (
    SELECT l.schedule_id AS schedule_id, l.caption_id AS caption_id, l.scheduled_send_date AS send_date
    FROM `eros_scheduling_brain.active_caption_assignments` AS l
    WHERE l.is_active AND l.scheduled_send_date >= CURRENT_DATE('America/Los_Angeles')
  ),
  withdrawn AS (
    SELECT built.schedule_id AS schedule_id
    FROM built
    GROUP BY built.schedule_id
    HAVING NOT LOGICAL_OR(built.is_active) AND LOGICAL_AND(built.status = 'archived')
  )
SELECT
  CONCAT(
    'schedule ', built.schedule_id, ': ', CAST(COUNTIF(built.is_active) AS STRING), ' of ', CAST(COUNT(*) AS STRING),
    ' messages are active'
  ) AS detail
FROM built
GROUP BY built.schedule_id
HAVING COUNTIF(built.is_active) NOT IN (0, COUNT(*))
UNION ALL
SELECT
  CONCAT(
    'schedule ', built.schedule_id, ' does not hold the lock of caption ', CAST(built.caption_id AS STRING), ' for ',
    FORMAT_DATE('%F', built.send_date)
  ) AS detail
FROM built
LEFT JOIN locks
  ON locks.schedule_id = built.schedule_id
  AND locks.caption_id = built.caption_id
  AND locks.send_date = built.send_date
WHERE built.is_active AND built.caption_id IS NOT NULL AND locks.schedule_id IS NULL
UNION ALL
-- What was sent today already stays locked: it is usage.
SELECT
  CONCAT(
    'schedule ', withdrawn.schedule_id, ' was withdrawn and still holds ', CAST(COUNT(*) AS STRING), ' locks'
  ) AS detail
FROM withdrawn
INNER JOIN locks ON locks.schedule_id = withdrawn.schedule_id
WHERE locks.send_date > CURRENT_DATE('America/Los_Angeles')
GROUP BY withdrawn.schedule_id
ORDER BY detail
