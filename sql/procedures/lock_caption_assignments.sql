-- lock_caption_assignments_at as of now.
-- Of callers at the same time one wins; the others see the conflict, or EROS_BUSY, which asks to try again.
-- operations.locks.lock_captions does that.
CREATE OR REPLACE PROCEDURE `eros_scheduling_brain.lock_caption_assignments`(
  p_schedule_id STRING,
  p_page_name STRING,
  p_caption_assignments ARRAY<STRUCT<caption_id INT64, scheduled_send_date DATE, scheduled_send_hour INT64>>
)
OPTIONS(description="Locks captions for a page and schedule as of now, all of them or none.")
BEGIN
  CALL `eros_scheduling_brain.lock_caption_assignments_at`(
    p_schedule_id, p_page_name, p_caption_assignments, CURRENT_TIMESTAMP()
  );
END;
