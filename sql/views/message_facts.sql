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
  --: Message; one row each.
  l.row_id AS row_id,
  --: Page that sent it: lower case, trimmed, never empty.
  l.page_name AS page_name,
  l.sending_time AS sending_time,
  --: Los Angeles date of sending_time.
  l.la_date AS la_date,
  --: Los Angeles hour of sending_time, 0 to 23.
  l.la_hour AS la_hour,
  --: Los Angeles weekday of sending_time: 1 Sunday to 7 Saturday.
  l.day_of_week_la AS day_of_week_la,
  --: Weekend on a Los Angeles Saturday or Sunday, else Weekday.
  IF(l.day_of_week_la IN (1, 7), 'Weekend', 'Weekday') AS day_type,
  --: PPV when the source says PPV or Unlock or the price is above 0, else Bump.
  l.message_type AS message_type,
  --: Caption as the source states it, else the one found by the text; null when neither knows one.
  l.caption_id AS caption_id,
  --: Price in US dollars; 0 when free.
  l.price AS price,
  --: Recipients; 0 when the source has none.
  l.sent_count AS sent_count,
  --: Recipients who opened it; 0 when the source has none.
  l.viewed_count AS viewed_count,
  --: Recipients who bought it; 0 when the source has none, as on free messages.
  l.purchased_count AS purchased_count,
  --: Revenue in US dollars; 0 when the source has none.
  l.earnings AS earnings,
  --: viewed_count / sent_count, a fraction; null without recipients.
  SAFE_DIVIDE(l.viewed_count, l.sent_count) AS view_rate,
  --: purchased_count / viewed_count, a fraction; null without views.
  SAFE_DIVIDE(l.purchased_count, l.viewed_count) AS conversion_rate,
  --: Revenue per recipient: earnings / sent_count in US dollars; null without recipients.
  SAFE_DIVIDE(l.earnings, l.sent_count) AS rpr,
  --: Expected monetary value by emv(): purchases per view times earnings in US dollars; 0 without views.
  `eros_scheduling_brain.emv`(l.purchased_count, l.viewed_count, l.earnings) AS emv
FROM in_local_time AS l;
