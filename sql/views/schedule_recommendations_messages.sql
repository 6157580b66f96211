-- The messages of all active schedules, with caption text and past performance: what exporters read.
-- One row for each active row of schedule_recommendations, whatever the other tables hold: captions and
-- statistics join to the left and are cut to one row a key. Times stay instants; readers order by them.
CREATE OR REPLACE VIEW `eros_scheduling_brain.schedule_recommendations_messages`
OPTIONS(description="Messages of active schedules with caption and performance, one row a message.")
AS
WITH
  bank AS (
    SELECT
      b.caption_id AS caption_id,
      b.caption_text AS caption_text,
      b.price_tier AS price_tier,
      b.content_category AS content_category,
      b.has_urgency AS has_urgency
    FROM `eros_scheduling_brain.caption_bank` AS b
    WHERE TRUE
    QUALIFY ROW_NUMBER() OVER (PARTITION BY b.caption_id ORDER BY b.updated_at DESC, b.caption_text) = 1
  ),
  older_editor AS (
    SELECT
      c.caption_id AS caption_id,
      c.caption_text AS caption_text,
      c.price_tier AS price_tier,
      c.content_category AS content_category,
      c.has_urgency AS has_urgency
    FROM `eros_scheduling_brain.captions` AS c
    WHERE TRUE
    QUALIFY
      ROW_NUMBER() OVER (
        PARTITION BY c.caption_id
        ORDER BY COALESCE(c.is_deleted, FALSE), COALESCE(c.is_active, FALSE) DESC, c.caption_text
      ) = 1
  ),
  statistics AS (
    SELECT
      s.page_name AS page_name,
      s.caption_id AS caption_id,
      s.avg_conversion_rate AS avg_conversion_rate,
      s.confidence_lower_bound AS confidence_lower_bound,
      s.confidence_upper_bound AS confidence_upper_bound,
      s.total_observations AS total_observations,
      s.last_updated AS last_updated
    FROM `eros_scheduling_brain.caption_bandit_stats` AS s
    WHERE TRUE
    QUALIFY ROW_NUMBER() OVER (PARTITION BY s.page_name, s.caption_id ORDER BY s.last_updated DESC) = 1
  )
SELECT
  r.schedule_id AS schedule_id,
  r.page_name AS page_name,
  r.day_of_week AS day_of_week,
  r.scheduled_send_time AS scheduled_send_time,
  r.message_type AS message_type,
  r.caption_id AS caption_id,
  --: Text from caption_bank, else from captions; null for a message without a known caption.
  COALESCE(bank.caption_text, older_editor.caption_text) AS caption_text,
  --: Price tier of the caption from caption_bank, else from captions; null without a known caption.
  COALESCE(bank.price_tier, older_editor.price_tier) AS price_tier,
  --: Content category from caption_bank, else from captions; null without a known caption.
  COALESCE(bank.content_category, older_editor.content_category) AS content_category,
  --: TRUE when the text urges to act soon, from caption_bank, else from captions; null when neither knows.
  COALESCE(bank.has_urgency, older_editor.has_urgency) AS has_urgency,
  --: Conversion rate of the caption on the page (avg_conversion_rate of its statistics), a fraction; null without.
  statistics.avg_conversion_rate AS performance_score,
  --: Lower end of the 95 % Wilson interval of the caption's success rate on the page, 0 to 1; null without statistics.
  statistics.confidence_lower_bound AS confidence_lower_bound,
  --: Upper end of the same interval, 0 to 1; null without statistics.
  statistics.confidence_upper_bound AS confidence_upper_bound,
  --: Messages of the feedback window that carry the caption on the page; null without statistics.
  statistics.total_observations AS total_observations,
  --: Instant of the feedback run that wrote those statistics; null without them.
  statistics.last_updated AS caption_last_updated,
  r.created_at AS schedule_created_at,
  --: Always TRUE: rows that were replaced or withdrawn are left out.
  r.is_active AS schedule_is_active,
  r.time_slot_rank AS time_slot_rank
FROM `eros_scheduling_brain.schedule_recommendations` AS r
LEFT JOIN bank ON bank.caption_id = r.caption_id
LEFT JOIN older_editor ON older_editor.caption_id = r.caption_id
LEFT JOIN statistics ON statistics.caption_id = r.caption_id AND statistics.page_name = r.page_name
WHERE r.is_active;
