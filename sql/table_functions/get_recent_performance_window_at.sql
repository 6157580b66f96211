-- The messages of one page in one window: sending_time in (p_now - days * 24 h, p_now]; days null or <= 0 counts
-- as 90, a day is 24 hours. An unknown, null or malformed page gives no rows.
-- Source: messages_of_pages.
CREATE OR REPLACE TABLE FUNCTION `eros_scheduling_brain.get_recent_performance_window_at`(
  p_page_name STRING,
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
OPTIONS(description="Messages of one page in (p_now - p_lookback_days * 24 h, p_now]; lookback null or <= 0 counts as 90 days.")
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
FROM `eros_scheduling_brain.messages_of_pages_at`([p_page_name], p_lookback_days, p_now) AS m;
