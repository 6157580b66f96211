-- What became of each caption that was used: the score the selection saw against what the send brought.
-- One row per page, caption and Los Angeles send date of the last 90 days (today included). A message belongs to
-- the assignment when page, caption and Los Angeles date agree; an assignment without a message has
-- actual_messages 0 and no actual figures.
-- revenue_vs_page_median = actual_revenue / median actual_revenue of the page's tracked sends (1 = as usual).
-- Read by: caption_tracking_view. Source: caption_usage, message_facts, caption_bandit_stats.
CREATE OR REPLACE TABLE FUNCTION `eros_scheduling_brain.caption_tracking_view_at`(p_now TIMESTAMP)
RETURNS TABLE<
  page_name STRING,
  caption_id INT64,
  scheduled_send_date DATE,
  --: Conversion rate of the caption on the page as learned by now (avg_conversion_rate of caption_bandit_stats), a
  --: fraction; null without statistics.
  predicted_score FLOAT64,
  --: Messages of the page with the caption on that Los Angeles date; 0 when none was found.
  actual_messages INT64,
  --: Purchases / views of those messages, a fraction; null without views.
  actual_conversion_rate FLOAT64,
  --: Revenue of those messages in US dollars; null without messages.
  actual_revenue FLOAT64,
  --: actual_revenue / median actual_revenue of the page's tracked sends: 1 is as usual; null without messages or when
  --: the median is 0.
  revenue_vs_page_median FLOAT64
>
OPTIONS(description="Predicted score and actual result of each caption used in the 90 Los Angeles days up to p_now.")
AS
SELECT
  c.page_name,
  c.caption_id,
  c.scheduled_send_date,
  c.predicted_score,
  c.actual_messages,
  c.actual_conversion_rate,
  c.actual_revenue,
  SAFE_DIVIDE(c.actual_revenue, c.median_revenue) AS revenue_vs_page_median
FROM (
  WITH used_caption AS (
    SELECT DISTINCT u.page_name, u.caption_id, u.scheduled_send_date
    FROM `eros_scheduling_brain.caption_usage` AS u
    WHERE u.scheduled_send_date > DATE_SUB(DATE(p_now, 'America/Los_Angeles'), INTERVAL 90 DAY)
      AND u.scheduled_send_date <= DATE(p_now, 'America/Los_Angeles')
  ),
  sent_caption AS (
    SELECT
      m.page_name,
      m.caption_id,
      m.la_date,
      COUNT(*) AS messages,
      SAFE_DIVIDE(SUM(m.purchased_count), SUM(m.viewed_count)) AS conversion_rate,
      SUM(m.earnings) AS revenue
    FROM `eros_scheduling_brain.message_facts` AS m
    WHERE m.caption_id IS NOT NULL
      AND m.sending_time >= TIMESTAMP(
        DATE_SUB(DATE(p_now, 'America/Los_Angeles'), INTERVAL 89 DAY), 'America/Los_Angeles'
      )
      AND m.sending_time <= p_now
    GROUP BY m.page_name, m.caption_id, m.la_date
  )
  SELECT
    u.page_name,
    u.caption_id,
    u.scheduled_send_date,
    b.avg_conversion_rate AS predicted_score,
    COALESCE(s.messages, 0) AS actual_messages,
    s.conversion_rate AS actual_conversion_rate,
    s.revenue AS actual_revenue,
    PERCENTILE_CONT(s.revenue, 0.5) OVER (PARTITION BY u.page_name) AS median_revenue
  FROM used_caption AS u
  LEFT JOIN sent_caption AS s
    ON s.page_name = u.page_name AND s.caption_id = u.caption_id AND s.la_date = u.scheduled_send_date
  LEFT JOIN `eros_scheduling_brain.caption_bandit_stats` AS b
    ON b.page_name = u.page_name AND b.caption_id = u.caption_id
) AS c;
