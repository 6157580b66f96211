-- The view that exporters read has one row for each active message of a schedule: joins neither lose nor multiply any.
-- When it fails: export nothing; look for double captions or statistics (i3), then at
-- sql/views/schedule_recommendations_messages.sql.
WITH
  stored AS (
    SELECT r.schedule_id AS schedule_id, COUNT(*) AS messages
    FROM `eros_scheduling_brain.schedule_recommendations` AS r
    WHERE r.is_active
    GROUP BY r.schedule_id
  ),
  shown AS (
    SELECT m.schedule_id AS schedule_id, COUNT(*) AS messages
    FROM `eros_scheduling_brain.schedule_recommendations_messages` AS m
    GROUP BY m.schedule_id
  )
SELECT
  CONCAT(
    'schedule ', COALESCE(stored.schedule_id, shown.schedule_id), ' has ',
    CAST(COALESCE(stored.messages, 0) AS STRING), ' active messages, the view shows ',
    CAST(COALESCE(shown.messages, 0) AS STRING)
  ) AS detail
FROM stored
FULL JOIN shown ON shown.schedule_id = stored.schedule_id
WHERE COALESCE(stored.messages, 0) != COALESCE(shown.messages, 0)
