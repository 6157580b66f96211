-- Every sent message with its figures in one vocabulary: the reader of mass_messages for all analyses.
-- Read by the feedback, the reports and all table functions. (Only the matching of messages to captions goes
-- to mass_messages itself, because it needs the text.)
-- It has no time filter: each reader states a lower and an upper bound on sending_time, so that partitions
-- are pruned. Rows without page or time are dropped, missing counts and earnings are 0.
CREATE OR REPLACE VIEW `eros_scheduling_brain.message_facts`
OPTIONS(description="Sent messages with type, Los Angeles time, caption and rates; one row a message.")
AS
WITH
  cleaned AS (
    SELECT
      m.row_id AS row_id,
      LOWER(TRIM(m.page_name)) AS page_name,
      m.sending_time AS sending_time,
      IF(
        LOWER(TRIM(m.message_type)) IN ('ppv', 'unlock') OR COALESCE(m.price, 0) > 0, 'PPV', 'Bump'
      ) AS message_type,
      -- The source knows few captions; the feedback finds the others by their text.
      COALESCE(m.caption_id, matches.caption_id) AS caption_id,
      COALESCE(m.price, 0) AS price,
      COALESCE(m.sent_count, 0) AS sent_count,
      COALESCE(m.viewed_count, 0) AS viewed_count,
      CAST(COALESCE(m.purchased_count, 0) AS INT64) AS purchased_count,
      COALESCE(m.earnings, 0) AS earnings
    FROM `eros_scheduling_brain.mass_messages` AS m
    LEFT JOIN `eros_scheduling_brain.message_caption_matches` AS matches
      ON matches.row_id = m.row_id
    WHERE TRIM(m.page_name) != '' AND m.sending_time IS NOT NULL
  ),
  in_local_time AS (
    SELECT
      cleaned.*,
      `eros_scheduling_brain.la_date`(cleaned.sending_time) AS la_date,
      `eros_scheduling_brain.la_hour`(cleaned.sending_time) AS la_hour,
      `eros_scheduling_brain.la_dayofweek`(cleaned.sending_time) AS day_of_week_la
    FROM cleaned
  )
SELECT
  l.row_id AS row_id,
  l.page_name AS page_name,
  l.sending_time AS sending_time,
  l.la_date AS la_date,
  l.la_hour AS la_hour,
  l.day_of_week_la AS day_of_week_la,
  IF(l.day_of_week_la IN (1, 7), 'Weekend', 'Weekday') AS day_type,
  l.message_type AS message_type,
  l.caption_id AS caption_id,
  l.price AS price,
  l.sent_count AS sent_count,
  l.viewed_count AS viewed_count,
  l.purchased_count AS purchased_count,
  l.earnings AS earnings,
  SAFE_DIVIDE(l.viewed_count, l.sent_count) AS view_rate,
  SAFE_DIVIDE(l.purchased_count, l.viewed_count) AS conversion_rate,
  SAFE_DIVIDE(l.earnings, l.sent_count) AS rpr,
  `eros_scheduling_brain.emv`(l.purchased_count, l.viewed_count, l.earnings) AS emv
FROM in_local_time AS l;
