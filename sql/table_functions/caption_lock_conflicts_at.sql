-- Who stands in the way of locking these captions: every active lock, of any page, on one of them within seven days
-- of the wanted date (eight days apart are free). A lock of the same page and schedule with the same key is the
-- request itself, locked before, and no conflict.
-- message is the error text; the conflict to report is the first by (caption_id, send_date, holder_page).
-- Reads only: callers look before they take the mutex. Names must be normalised (lower case) already.
-- Read by: lock_caption_assignments_at, operations (before and after each try).
CREATE OR REPLACE TABLE FUNCTION `eros_scheduling_brain.caption_lock_conflicts_at`(
  p_schedule_id STRING,
  p_page_name STRING,
  p_caption_assignments ARRAY<STRUCT<caption_id INT64, scheduled_send_date DATE, scheduled_send_hour INT64>>,
  p_now TIMESTAMP
)
RETURNS TABLE<
  --: Caption that is held.
  caption_id INT64,
  --: Page that holds the lock: lower case, trimmed.
  holder_page STRING,
  holder_schedule STRING,
  --: Los Angeles send date of the lock.
  send_date DATE,
  --: Error text: EROS_LOCK_CONFLICT|caption_id=..|holder_page=..|holder_schedule=..|send_date=YYYY-MM-DD.
  message STRING
>
OPTIONS(description="Active locks that conflict with locking these captions on these dates, with the error text of each.")
AS
SELECT DISTINCT
  held.caption_id,
  LOWER(TRIM(held.page_name)) AS holder_page,
  held.schedule_id AS holder_schedule,
  held.scheduled_send_date AS send_date,
  CONCAT(
    'EROS_LOCK_CONFLICT|caption_id=', CAST(held.caption_id AS STRING),
    '|holder_page=', LOWER(TRIM(held.page_name)),
    '|holder_schedule=', COALESCE(held.schedule_id, ''),
    '|send_date=', FORMAT_DATE('%F', held.scheduled_send_date)
  ) AS message
FROM `eros_scheduling_brain.active_caption_assignments` AS held
INNER JOIN UNNEST(p_caption_assignments) AS wanted
  ON wanted.caption_id = held.caption_id
  AND ABS(DATE_DIFF(held.scheduled_send_date, wanted.scheduled_send_date, DAY)) <= 7
WHERE held.is_active
  AND held.scheduled_send_date >= DATE(p_now, 'America/Los_Angeles')
  AND NOT (
    LOWER(TRIM(held.page_name)) = LOWER(TRIM(p_page_name))
    AND COALESCE(held.schedule_id = p_schedule_id, FALSE)
    AND COALESCE(
      held.assignment_key IN (
        SELECT
          `eros_scheduling_brain.assignment_key`(
            p_page_name, own.caption_id, own.scheduled_send_date, own.scheduled_send_hour
          ) AS assignment_key
        FROM UNNEST(p_caption_assignments) AS own
      ),
      FALSE
    )
  );
