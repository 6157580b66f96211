-- Which kinds of text sell, agency-wide: captions grouped by price tier, category, length, question and emoji,
-- with the results of their PPV messages of the last 90 days.
-- caption_count counts texts, not bank rows: repeated texts count once. Length, question and emoji come from the
-- text itself, because the bank's own counts may be missing or old.
-- Read by: caption_pattern_analysis. Source: caption_bank, message_facts.
CREATE OR REPLACE TABLE FUNCTION `eros_scheduling_brain.caption_pattern_analysis_at`(p_now TIMESTAMP)
RETURNS TABLE<
  --: Price tier of the captions in lower case; null where the bank has none.
  price_tier STRING,
  content_category STRING,
  --: Length of the text in characters: <80, 80-200 or >200.
  length_bucket STRING,
  --: TRUE when the text holds a question mark.
  has_question BOOL,
  --: TRUE when the text holds a symbol of the Unicode category So, as emoji are.
  has_emoji BOOL,
  --: Different texts of the group in the bank, used or not.
  caption_count INT64,
  --: PPV messages with recipients that carried one of them in the 90 days (of 24 hours) before p_now.
  times_used INT64,
  --: Purchases / views of those messages, a fraction; null without views.
  conversion_rate FLOAT64,
  --: Revenue per recipient of those messages in US dollars; null without messages.
  rpr FLOAT64,
  --: Mean expected monetary value of those messages in US dollars; null without messages.
  avg_emv FLOAT64
>
OPTIONS(description="Captions and their PPV results over the 90 days before p_now by tier, category, length, question and emoji.")
AS
SELECT
  c.price_tier,
  c.content_category,
  c.length_bucket,
  c.has_question,
  c.has_emoji,
  COUNT(DISTINCT c.text_key) AS caption_count,
  SUM(c.times_used) AS times_used,
  SAFE_DIVIDE(SUM(c.purchased), SUM(c.viewed)) AS conversion_rate,
  SAFE_DIVIDE(SUM(c.earnings), SUM(c.sent)) AS rpr,
  SAFE_DIVIDE(SUM(c.emv), SUM(c.times_used)) AS avg_emv
FROM (
  WITH used_caption AS (
    SELECT
      m.caption_id,
      COUNT(*) AS times_used,
      SUM(m.sent_count) AS sent,
      SUM(m.viewed_count) AS viewed,
      SUM(m.purchased_count) AS purchased,
      SUM(m.earnings) AS earnings,
      SUM(m.emv) AS emv
    FROM `eros_scheduling_brain.message_facts` AS m
    WHERE m.caption_id IS NOT NULL
      AND m.message_type = 'PPV'
      AND m.sent_count > 0
      AND m.sending_time > TIMESTAMP_SUB(p_now, INTERVAL 90 * 24 HOUR)
      AND m.sending_time <= p_now
    GROUP BY m.caption_id
  )
  SELECT
    LOWER(b.price_tier) AS price_tier,
    b.content_category,
    CASE
      WHEN CHAR_LENGTH(b.caption_text) < 80 THEN '<80'
      WHEN CHAR_LENGTH(b.caption_text) <= 200 THEN '80-200'
      ELSE '>200'
    END AS length_bucket,
    STRPOS(b.caption_text, '?') > 0 AS has_question,
    REGEXP_CONTAINS(b.caption_text, r'\p{So}') AS has_emoji,
    COALESCE(
      `eros_scheduling_brain.caption_key_v2`(b.caption_text), CONCAT('id:', CAST(b.caption_id AS STRING))
    ) AS text_key,
    COALESCE(u.times_used, 0) AS times_used,
    u.sent,
    u.viewed,
    u.purchased,
    u.earnings,
    u.emv
  FROM `eros_scheduling_brain.caption_bank` AS b
  LEFT JOIN used_caption AS u ON u.caption_id = b.caption_id
) AS c
GROUP BY c.price_tier, c.content_category, c.length_bucket, c.has_question, c.has_emoji;
