-- Smoke test 4: what was exported in the last 30 days is a schedule that is stored, with no more messages than it has,
-- and no program exported one of a page in the zone RED.
-- When it fails: stop what exports; take the file or the tab that is named out of use, and look at the row of
-- schedule_export_log for who wrote it.
WITH
  exported AS (
    SELECT
      l.schedule_id AS schedule_id,
      MAX(l.message_count) AS messages,
      COUNTIF(l.exported_by = 'SYSTEM') AS by_programs
    FROM `eros_scheduling_brain.schedule_export_log` AS l
    WHERE l.status = 'SUCCESS' AND l.export_timestamp >= TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 30 DAY)
    GROUP BY l.schedule_id
  ),
  stored AS (
    SELECT
      r.schedule_id AS schedule_id,
      COUNT(*) AS messages,
      LOGICAL_OR(COALESCE(r.saturation_zone, '') = 'RED') AS is_red
    FROM `eros_scheduling_brain.schedule_recommendations` AS r
    WHERE r.scheduled_send_date >= DATE_SUB(CURRENT_DATE('America/Los_Angeles'), INTERVAL 120 DAY)
    GROUP BY r.schedule_id
  )
SELECT
  CASE
    WHEN stored.schedule_id IS NULL THEN CONCAT('schedule ', exported.schedule_id, ' was exported and is not stored')
    WHEN exported.messages > stored.messages THEN
      CONCAT(
        'schedule ', exported.schedule_id, ' has ', CAST(stored.messages AS STRING), ' messages, ',
        CAST(exported.messages AS STRING), ' were exported'
      )
    ELSE CONCAT('schedule ', exported.schedule_id, ' of a page in the zone RED was exported by a program')
  END AS detail
FROM exported
LEFT JOIN stored ON stored.schedule_id = exported.schedule_id
WHERE stored.schedule_id IS NULL
  OR exported.messages > stored.messages
  OR (stored.is_red AND exported.by_programs > 0)
ORDER BY detail
