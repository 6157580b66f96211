-- When each page last used each caption, and how often, in the last 90 Los Angeles days (today included).
-- Only sends that have come count; a caption locked for tomorrow is not used yet. An assignment without an hour
-- counts from the start of its day. Wall-clock hours become instants once, here, so a clock change moves nothing.
-- Read by: recent_caption_usage_v. Source: caption_usage.
CREATE OR REPLACE TABLE FUNCTION `eros_scheduling_brain.recent_caption_usage_v_at`(p_now TIMESTAMP)
RETURNS TABLE<
  page_name STRING,
  caption_id INT64,
  --: Instant of the latest send not after p_now, from its Los Angeles date and hour (hour 0 where none is set).
  last_used_at TIMESTAMP,
  --: Sends in the 90 Los Angeles days up to p_now.
  usage_count INT64,
  --: Los Angeles calendar days from last_used_at to p_now; 0 is today.
  days_since_last_use INT64
>
OPTIONS(description="Last use, number of uses and days since, per page and caption, over the last 90 days before p_now.")
AS
SELECT
  c.page_name,
  c.caption_id,
  c.last_used_at,
  c.usage_count,
  DATE_DIFF(
    DATE(p_now, 'America/Los_Angeles'), DATE(c.last_used_at, 'America/Los_Angeles'), DAY
  ) AS days_since_last_use
FROM (
  WITH past_send AS (
    SELECT
      u.page_name,
      u.caption_id,
      TIMESTAMP(
        DATETIME_ADD(DATETIME(u.scheduled_send_date), INTERVAL COALESCE(u.scheduled_send_hour, 0) HOUR),
        'America/Los_Angeles'
      ) AS sent_at
    FROM `eros_scheduling_brain.caption_usage` AS u
    WHERE u.scheduled_send_date > DATE_SUB(DATE(p_now, 'America/Los_Angeles'), INTERVAL 90 DAY)
      AND u.scheduled_send_date <= DATE(p_now, 'America/Los_Angeles')
  )
  SELECT
    s.page_name,
    s.caption_id,
    MAX(s.sent_at) AS last_used_at,
    COUNT(*) AS usage_count
  FROM past_send AS s
  WHERE s.sent_at <= p_now
  GROUP BY s.page_name, s.caption_id
) AS c;
