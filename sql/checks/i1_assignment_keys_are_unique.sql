-- No assignment is there twice: an assignment key stands for one page, caption, date and hour.
-- When it fails: back up, keep the newest row of each key and delete the others, then find out who writes
-- active_caption_assignments without lock_caption_assignments.
SELECT
  CONCAT(
    'page ', MIN(a.page_name), ' holds caption ', CAST(MIN(a.caption_id) AS STRING), ' for ',
    COALESCE(FORMAT_DATE('%F', MIN(a.scheduled_send_date)), 'no date'), ' in ', CAST(COUNT(*) AS STRING), ' rows'
  ) AS detail
FROM `eros_scheduling_brain.active_caption_assignments` AS a
WHERE a.assignment_key IS NOT NULL
GROUP BY a.assignment_key
HAVING COUNT(*) > 1
