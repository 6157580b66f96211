-- Every table that declares a primary key has one row a key, and so have the tables that others write, which declare
-- none: BigQuery enforces no key, and may plan with one that is not kept.
-- When it fails: back up, keep the newest row of each key that is named and delete the others; two writers that do not
-- know of each other are the usual cause.
WITH
  doubles AS (
    SELECT CONCAT('caption_bandit_stats: ', CAST(k.caption_id AS STRING), ' ', k.page_name) AS entry
    FROM `eros_scheduling_brain.caption_bandit_stats` AS k
    GROUP BY k.caption_id, k.page_name
    HAVING COUNT(*) > 1
    UNION ALL
    SELECT CONCAT('caption_locks: ', k.lock_id) AS entry
    FROM `eros_scheduling_brain.caption_locks` AS k
    GROUP BY k.lock_id
    HAVING COUNT(*) > 1
    UNION ALL
    SELECT CONCAT('creator_caption_restrictions: ', k.page_name, ' ', CAST(k.version AS STRING)) AS entry
    FROM `eros_scheduling_brain.creator_caption_restrictions` AS k
    GROUP BY k.page_name, k.version
    HAVING COUNT(*) > 1
    UNION ALL
    SELECT CONCAT('creator_reports: ', FORMAT_DATE('%F', k.report_date), ' ', k.page_name) AS entry
    FROM `eros_scheduling_brain.creator_reports` AS k
    GROUP BY k.report_date, k.page_name
    HAVING COUNT(*) > 1
    UNION ALL
    SELECT CONCAT('etl_job_runs: ', k.job_id) AS entry
    FROM `eros_scheduling_brain.etl_job_runs` AS k
    GROUP BY k.job_id
    HAVING COUNT(*) > 1
    UNION ALL
    SELECT CONCAT('holiday_calendar: ', FORMAT_DATE('%F', k.holiday_date)) AS entry
    FROM `eros_scheduling_brain.holiday_calendar` AS k
    GROUP BY k.holiday_date
    HAVING COUNT(*) > 1
    UNION ALL
    SELECT CONCAT('lock_sweep_log: ', k.sweep_id) AS entry
    FROM `eros_scheduling_brain.lock_sweep_log` AS k
    GROUP BY k.sweep_id
    HAVING COUNT(*) > 1
    UNION ALL
    SELECT CONCAT('message_caption_matches: ', CAST(k.row_id AS STRING)) AS entry
    FROM `eros_scheduling_brain.message_caption_matches` AS k
    GROUP BY k.row_id
    HAVING COUNT(*) > 1
    UNION ALL
    SELECT CONCAT('schedule_generation_queue: ', k.page_name, ' ', FORMAT_DATE('%F', k.execution_date)) AS entry
    FROM `eros_scheduling_brain.schedule_generation_queue` AS k
    GROUP BY k.page_name, k.execution_date
    HAVING COUNT(*) > 1
    UNION ALL
    SELECT CONCAT('schedule_pauses: ', k.pause_id, ' ', k.schedule_name) AS entry
    FROM `eros_scheduling_brain.schedule_pauses` AS k
    GROUP BY k.pause_id, k.schedule_name
    HAVING COUNT(*) > 1
    UNION ALL
    SELECT
      CONCAT(
        'schedule_recommendations: ', k.page_name, ' ', k.schedule_id, ' ',
        CAST(k.scheduled_send_time AS STRING), ' ', k.message_type
      ) AS entry
    FROM `eros_scheduling_brain.schedule_recommendations` AS k
    GROUP BY k.page_name, k.schedule_id, k.scheduled_send_time, k.message_type
    HAVING COUNT(*) > 1
  )
SELECT CONCAT(doubles.entry, ' is there more than once') AS detail
FROM doubles
