-- active_assignments_7day_at at the present moment; the rules stand there.
-- Read by: the schedule builder and dashboards.
CREATE OR REPLACE VIEW `eros_scheduling_brain.active_assignments_7day`
OPTIONS(description="Active caption locks with a send date from the Los Angeles today to seven days later.")
AS
SELECT
  r.page_name,
  r.caption_id,
  r.caption_text,
  r.assigned_date,
  r.scheduled_send_date,
  r.scheduled_send_hour,
  r.price_tier,
  r.is_active,
  r.assigned_at,
  r.assignment_key,
  r.schedule_id,
  r.expires_at
FROM `eros_scheduling_brain.active_assignments_7day_at`(CURRENT_TIMESTAMP()) AS r;
