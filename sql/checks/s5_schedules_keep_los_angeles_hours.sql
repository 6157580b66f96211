-- Smoke test 5: the messages of active schedules go out between 06:00 and 23:59 in Los Angeles, follow-ups until 02:00
-- too, and their date, hour and weekday columns are those of their instant. Looks at the last 30 days and all that is
-- planned.
-- When it fails: stop the export of the schedule that is named and build it again.
WITH
  messages AS (
    SELECT
      r.schedule_id AS schedule_id,
      r.scheduled_send_time AS send_time,
      r.scheduled_send_date AS send_date,
      r.scheduled_send_hour AS send_hour,
      r.day_of_week AS weekday,
      IF(r.message_type = 'Follow up', 2, 0) AS night_starts,
      `eros_scheduling_brain.la_date`(r.scheduled_send_time) AS local_date,
      `eros_scheduling_brain.la_hour`(r.scheduled_send_time) AS local_hour
    FROM `eros_scheduling_brain.schedule_recommendations` AS r
    WHERE r.is_active AND r.scheduled_send_date >= DATE_SUB(CURRENT_DATE('America/Los_Angeles'), INTERVAL 30 DAY)
  )
SELECT
  CONCAT(
    'schedule ', messages.schedule_id, ': ', FORMAT_TIMESTAMP('%F %T', messages.send_time, 'America/Los_Angeles'),
    ' in Los Angeles stands as ', FORMAT_DATE('%F', messages.send_date), ' ', CAST(messages.send_hour AS STRING),
    ' h, ', COALESCE(messages.weekday, 'NULL')
  ) AS detail
FROM messages
WHERE messages.local_hour BETWEEN messages.night_starts AND 5
  OR messages.local_hour != messages.send_hour
  OR messages.local_date != messages.send_date
  OR COALESCE(messages.weekday, '') != FORMAT_DATE('%A', messages.local_date)
