-- schedule_recommendations_messages under the second name that its readers know.
-- Read by: exporters that use the older name. Source: schedule_recommendations_messages.
CREATE OR REPLACE VIEW `eros_scheduling_brain.schedule_recommendations_with_messages`
OPTIONS(description="The export view schedule_recommendations_messages under its second name.")
AS
SELECT
  m.schedule_id,
  m.page_name,
  m.day_of_week,
  m.scheduled_send_time,
  m.message_type,
  m.caption_id,
  m.caption_text,
  m.price_tier,
  m.content_category,
  m.has_urgency,
  m.performance_score,
  m.confidence_lower_bound,
  m.confidence_upper_bound,
  m.total_observations,
  m.caption_last_updated,
  m.schedule_created_at,
  m.schedule_is_active,
  m.time_slot_rank
FROM `eros_scheduling_brain.schedule_recommendations_messages` AS m;
