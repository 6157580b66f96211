-- The newest version of each schedule, message by message. All messages of a version carry the same created_at;
-- the newest version is taken first and only then asked whether it is archived, so archiving a schedule does not
-- bring the version before it back.
-- Read by: recommendation_analytics, schedule builder. Source: schedule_recommendations.
CREATE OR REPLACE VIEW `eros_scheduling_brain.latest_recommendations`
OPTIONS(description="Messages of the newest version of each schedule, archived ones left out.")
AS
SELECT
  newest.schedule_id,
  newest.page_name,
  newest.day_of_week,
  newest.scheduled_send_time,
  newest.message_type,
  newest.caption_id,
  newest.created_at,
  newest.is_active,
  newest.time_slot_rank,
  newest.scheduled_send_date,
  newest.scheduled_send_hour,
  newest.price_tier,
  newest.recommended_price,
  newest.saturation_zone,
  newest.status,
  newest.updated_at
FROM (
  SELECT
    s.schedule_id,
    s.page_name,
    s.day_of_week,
    s.scheduled_send_time,
    s.message_type,
    s.caption_id,
    s.created_at,
    s.is_active,
    s.time_slot_rank,
    s.scheduled_send_date,
    s.scheduled_send_hour,
    s.price_tier,
    s.recommended_price,
    s.saturation_zone,
    s.status,
    s.updated_at,
    MAX(s.created_at) OVER (PARTITION BY s.page_name, s.schedule_id) AS newest_created_at
  FROM `eros_scheduling_brain.schedule_recommendations` AS s
) AS newest
WHERE newest.created_at = newest.newest_created_at
  AND LOWER(COALESCE(newest.status, 'pending')) != 'archived';
