-- get_recent_performance_window_at at the present moment, for people and reports; the rules stand there.
CREATE OR REPLACE TABLE FUNCTION `eros_scheduling_brain.get_recent_performance_window`(
  p_page_name STRING,
  p_lookback_days INT64
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
OPTIONS(description="Messages of one page in the last p_lookback_days * 24 hours; lookback null or <= 0 counts as 90 days.")
AS
SELECT
  r.row_id,
  r.page_name,
  r.sending_time,
  r.la_date,
  r.la_hour,
  r.day_of_week_la,
  r.day_type,
  r.message_type,
  r.caption_id,
  r.price,
  r.sent_count,
  r.viewed_count,
  r.purchased_count,
  r.earnings,
  r.view_rate,
  r.conversion_rate,
  r.rpr,
  r.emv
FROM `eros_scheduling_brain.get_recent_performance_window_at`(p_page_name, p_lookback_days, CURRENT_TIMESTAMP()) AS r;
