-- No caption is locked twice for days that are at most seven apart, on whichever pages.
-- When it fails: cancel the later lock (is_active FALSE, deactivation_reason CANCELLED), build that schedule again,
-- and find out who writes active_caption_assignments without lock_caption_assignments.
WITH
  locks AS (
    SELECT
      a.caption_id AS caption_id,
      a.page_name AS page_name,
      a.scheduled_send_date AS send_date,
      LAG(a.page_name) OVER (
        PARTITION BY a.caption_id ORDER BY a.scheduled_send_date, a.page_name
      ) AS previous_page,
      LAG(a.scheduled_send_date) OVER (
        PARTITION BY a.caption_id ORDER BY a.scheduled_send_date, a.page_name
      ) AS previous_date
    FROM `eros_scheduling_brain.active_caption_assignments` AS a
    WHERE a.is_active AND a.scheduled_send_date >= CURRENT_DATE('America/Los_Angeles')
  )
SELECT
  CONCAT(
    'caption ', CAST(locks.caption_id AS STRING), ' is locked by ', locks.previous_page, ' for ',
    FORMAT_DATE('%F', locks.previous_date), ' and by ', locks.page_name, ' for ', FORMAT_DATE('%F', locks.send_date)
  ) AS detail
FROM locks
WHERE DATE_DIFF(locks.send_date, locks.previous_date, DAY) <= 7
