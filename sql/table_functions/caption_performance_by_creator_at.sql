-- What each caption brought each page in the last 90 days.
-- times_used and revenue over all messages with the caption; conversion over its PPV messages, since a bump has
-- views but cannot be bought. A caption that has left the bank keeps its row, without text.
-- Read by: caption_performance_by_creator. Source: message_facts, caption_bank.
CREATE OR REPLACE TABLE FUNCTION `eros_scheduling_brain.caption_performance_by_creator_at`(p_now TIMESTAMP)
RETURNS TABLE<
  page_name STRING,
  caption_id INT64,
  --: Text; null when the caption has left the bank.
  caption_text STRING,
  --: Content category; null when the caption has left the bank.
  content_category STRING,
  --: Price tier; null when the caption has left the bank.
  price_tier STRING,
  --: Messages of the page with the caption in the 90 days (of 24 hours) before p_now.
  times_used INT64,
  --: Purchases / views of the PPV messages among them, a fraction; null without PPV views.
  creator_conversion_rate FLOAT64,
  --: Revenue of those messages in US dollars.
  creator_total_revenue FLOAT64,
  --: Sending time of the latest of them.
  last_used_by_creator TIMESTAMP
>
OPTIONS(description="Uses, conversion and revenue of each caption on each page over the 90 days before p_now.")
AS
SELECT
  u.page_name,
  u.caption_id,
  b.caption_text,
  b.content_category,
  b.price_tier,
  u.times_used,
  u.creator_conversion_rate,
  u.creator_total_revenue,
  u.last_used_by_creator
FROM (
  SELECT
    m.page_name,
    m.caption_id,
    COUNT(*) AS times_used,
    SAFE_DIVIDE(
      SUM(IF(m.message_type = 'PPV', m.purchased_count, 0)), SUM(IF(m.message_type = 'PPV', m.viewed_count, 0))
    ) AS creator_conversion_rate,
    SUM(m.earnings) AS creator_total_revenue,
    MAX(m.sending_time) AS last_used_by_creator
  FROM `eros_scheduling_brain.message_facts` AS m
  WHERE m.caption_id IS NOT NULL
    AND m.sending_time > TIMESTAMP_SUB(p_now, INTERVAL 90 * 24 HOUR)
    AND m.sending_time <= p_now
  GROUP BY m.page_name, m.caption_id
) AS u
LEFT JOIN `eros_scheduling_brain.caption_bank` AS b ON b.caption_id = u.caption_id;
