-- The messages of some pages in one window: the first step of every table function about pages, so that page
-- name, window and PPV mean the same everywhere.
-- Window: sending_time in (p_now - days * 24 h, p_now]; days null or <= 0 counts as 90. A day here is 24 hours,
-- not a calendar day, so a clock change does not move the bound. Both bounds are constants of the call: the
-- partitions of mass_messages are pruned, and messages dated in the future are left out.
-- An unknown, null or malformed page gives no rows; a page named twice counts once.
-- Source: message_facts.
CREATE OR REPLACE TABLE FUNCTION `eros_scheduling_brain.messages_of_pages_at`(
  p_page_names ARRAY<STRING>,
  p_lookback_days INT64,
  p_now TIMESTAMP
)
RETURNS TABLE<
  row_id INT64,
  page_name STRING,
  sending_time TIMESTAMP,
  la_date DATE,
  la_hour INT64,
  day_of_week_la INT64,
  day_type STRING,
  message_type STRING,
  caption_id INT64,
  price FLOAT64,
  sent_count INT64,
  viewed_count INT64,
  purchased_count INT64,
  earnings FLOAT64,
  view_rate FLOAT64,
  conversion_rate FLOAT64,
  rpr FLOAT64,
  emv FLOAT64
>
OPTIONS(description="Messages of some pages in (p_now - p_lookback_days * 24 h, p_now]; lookback null or <= 0 counts as 90 days.")
AS
SELECT
  m.row_id,
  m.page_name,
  m.sending_time,
  m.la_date,
  m.la_hour,
  m.day_of_week_la,
  m.day_type,
  m.message_type,
  m.caption_id,
  m.price,
  m.sent_count,
  m.viewed_count,
  m.purchased_count,
  m.earnings,
  m.view_rate,
  m.conversion_rate,
  m.rpr,
  m.emv
FROM `eros_scheduling_brain.message_facts` AS m
WHERE m.page_name IN (
  SELECT LOWER(TRIM(name))
  FROM UNNEST(p_page_names) AS name
  WHERE `eros_scheduling_brain.validate_input`(LOWER(TRIM(name)), 100)
)
  -- A hundred years is more than any history; without the cap a huge lookback would leave the TIMESTAMP range.
  AND m.sending_time
    > TIMESTAMP_SUB(p_now, INTERVAL IF(p_lookback_days > 0, LEAST(p_lookback_days, 36500), 90) * 24 HOUR)
  AND m.sending_time <= p_now;
