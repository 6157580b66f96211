-- What the schedule builder recommended to each page in the last 30 days, and how much of it was sent.
-- Counts the active messages of the newest version of each schedule written in the window. repeats = messages
-- whose caption stands in an earlier message of the page too. scheduled_count = messages whose time has come;
-- sent_count = those of them with a message of the same caption on the page on the same Los Angeles date.
-- Read by: recommendation_analytics. Source: latest_recommendations, message_facts, caption_bandit_stats.
CREATE OR REPLACE TABLE FUNCTION `eros_scheduling_brain.recommendation_analytics_at`(p_now TIMESTAMP)
RETURNS TABLE<
  --: Page of the schedules: lower case, trimmed.
  page_name STRING,
  --: Different schedules, newest versions only, that were written in the 30 days (of 24 hours) before p_now.
  schedules INT64,
  --: Active messages of those schedules.
  messages INT64,
  --: Of those, PPV messages.
  ppv_count INT64,
  --: Of those, all others.
  bump_count INT64,
  --: Different captions among them.
  distinct_captions INT64,
  --: Messages whose caption stands in an earlier message of the page too.
  repeats INT64,
  --: Mean over the messages of the conversion rate that their captions have on the page (caption_bandit_stats), a
  --: fraction; null when none has statistics.
  avg_performance_score FLOAT64,
  --: Messages whose time has come: scheduled_send_time not after p_now.
  scheduled_count INT64,
  --: Of those, messages whose caption the page sent on the same Los Angeles date.
  sent_count INT64
>
OPTIONS(description="Schedules, messages, repeats, mean score and sent share of what was recommended to each page in the 30 days before p_now.")
AS
SELECT
  c.page_name,
  COUNT(DISTINCT c.schedule_id) AS schedules,
  COUNT(*) AS messages,
  COUNTIF(c.is_ppv) AS ppv_count,
  COUNTIF(NOT c.is_ppv) AS bump_count,
  COUNT(DISTINCT c.caption_id) AS distinct_captions,
  COUNT(c.caption_id) - COUNT(DISTINCT c.caption_id) AS repeats,
  AVG(c.performance_score) AS avg_performance_score,
  COUNTIF(c.is_due) AS scheduled_count,
  COUNTIF(c.is_due AND c.is_sent) AS sent_count
FROM (
  WITH recommended AS (
    SELECT
      LOWER(TRIM(r.page_name)) AS page_name,
      r.schedule_id,
      r.caption_id,
      r.scheduled_send_date,
      r.scheduled_send_time <= p_now AS is_due,
      LOWER(TRIM(r.message_type)) IN ('ppv', 'unlock') OR COALESCE(r.recommended_price, 0) > 0 AS is_ppv
    FROM `eros_scheduling_brain.latest_recommendations` AS r
    WHERE r.is_active
      AND r.created_at > TIMESTAMP_SUB(p_now, INTERVAL 30 * 24 HOUR)
      AND r.created_at <= p_now
  ),
  -- A schedule may be written up to a day before its first message; nothing it holds was sent before that.
  sent_caption AS (
    SELECT DISTINCT m.page_name, m.caption_id, m.la_date
    FROM `eros_scheduling_brain.message_facts` AS m
    WHERE m.caption_id IS NOT NULL
      AND m.sending_time > TIMESTAMP_SUB(p_now, INTERVAL 31 * 24 HOUR)
      AND m.sending_time <= p_now
  )
  SELECT
    r.page_name,
    r.schedule_id,
    r.caption_id,
    r.is_due,
    r.is_ppv,
    s.caption_id IS NOT NULL AS is_sent,
    b.avg_conversion_rate AS performance_score
  FROM recommended AS r
  LEFT JOIN sent_caption AS s
    ON s.page_name = r.page_name AND s.caption_id = r.caption_id AND s.la_date = r.scheduled_send_date
  LEFT JOIN `eros_scheduling_brain.caption_bandit_stats` AS b
    ON b.page_name = r.page_name AND b.caption_id = r.caption_id
) AS c
GROUP BY c.page_name;
