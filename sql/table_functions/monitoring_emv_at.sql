-- What paid messages bring: expected monetary value by day, week, caption, category and account size.
-- Complete Los Angeles days only, so that today's half day is no fall: 30 days up to yesterday, and eight blocks of seven
-- days up to yesterday as weeks. A day or week without a message is a row with 0 messages.
-- Read by: monitoring_emv. Source: message_facts, caption_bank, creator_reports.
CREATE OR REPLACE TABLE FUNCTION `eros_scheduling_brain.monitoring_emv_at`(p_now TIMESTAMP)
RETURNS TABLE<
  --: DAY, WEEK, CAPTION (the 20 with most EMV), CATEGORY or ACCOUNT_SIZE.
  section STRING,
  --: Place in the section, from 1: the latest day or week first, in the others the most EMV.
  position INT64,
  --: Los Angeles date, first date of seven, caption_id, category ((none) without one), or size tier ((unknown)).
  subject STRING,
  --: Paid messages with recipients: of the day, of the seven days, or of the 30 days before the Los Angeles today.
  messages INT64,
  --: Their mean EMV in US dollars, by emv(); null without messages.
  avg_emv FLOAT64,
  --: Sum of their EMV in US dollars.
  total_emv FLOAT64,
  --: Their revenue in US dollars.
  revenue FLOAT64,
  --: WEEK: how much avg_emv differs from the week before, in percent; null without messages in either, and elsewhere.
  change_pct FLOAT64
>
OPTIONS(description="EMV of paid messages by day (30), week with change (8), caption (top 20), category and account size.")
AS
SELECT
  ranked.section,
  ranked.position,
  ranked.subject,
  ranked.messages,
  ranked.avg_emv,
  ranked.total_emv,
  ranked.revenue,
  IF(
    ranked.section = 'WEEK', SAFE_DIVIDE(100 * (ranked.avg_emv - ranked.avg_emv_before), ranked.avg_emv_before), NULL
  ) AS change_pct
FROM (
  WITH
    category AS (
      SELECT b.caption_id, MIN(b.content_category) AS content_category
      FROM `eros_scheduling_brain.caption_bank` AS b
      GROUP BY b.caption_id
    ),
    size AS (
      SELECT r.page_name, JSON_VALUE(r.performance_report, '$.account_classification.size_tier') AS size_tier
      FROM `eros_scheduling_brain.creator_reports` AS r
      WHERE r.report_date > DATE_SUB(DATE(p_now, 'America/Los_Angeles'), INTERVAL 7 DAY)
        AND r.report_date <= DATE(p_now, 'America/Los_Angeles')
      QUALIFY ROW_NUMBER() OVER (PARTITION BY r.page_name ORDER BY r.report_date DESC) = 1
    ),
    message AS (
      SELECT
        DATE_DIFF(DATE(p_now, 'America/Los_Angeles'), m.la_date, DAY) AS days_ago,
        m.la_date,
        m.caption_id,
        COALESCE(category.content_category, '(none)') AS content_category,
        COALESCE(size.size_tier, '(unknown)') AS size_tier,
        m.emv,
        m.earnings
      FROM `eros_scheduling_brain.message_facts` AS m
      LEFT JOIN category ON category.caption_id = m.caption_id
      LEFT JOIN size ON size.page_name = m.page_name
      WHERE m.message_type = 'PPV'
        AND m.sent_count > 0
        AND m.sending_time
          >= TIMESTAMP(DATE_SUB(DATE(p_now, 'America/Los_Angeles'), INTERVAL 56 DAY), 'America/Los_Angeles')
        AND m.sending_time < TIMESTAMP(DATE(p_now, 'America/Los_Angeles'), 'America/Los_Angeles')
    ),
    keyed AS (
      -- Each message once a section, so that the messages are read once.
      SELECT
        section,
        CASE section
          WHEN 'DAY' THEN CAST(message.la_date AS STRING)
          WHEN 'WEEK' THEN CAST(
            DATE_SUB(DATE(p_now, 'America/Los_Angeles'), INTERVAL 7 * CAST(CEIL(message.days_ago / 7) AS INT64) DAY) AS STRING
          )
          WHEN 'CAPTION' THEN CAST(message.caption_id AS STRING)
          WHEN 'CATEGORY' THEN message.content_category
          ELSE message.size_tier
        END AS subject,
        message.emv,
        message.earnings
      FROM message
      CROSS JOIN UNNEST(['DAY', 'WEEK', 'CAPTION', 'CATEGORY', 'ACCOUNT_SIZE']) AS section
      WHERE (section = 'WEEK' OR message.days_ago <= 30)
        AND (section != 'CAPTION' OR message.caption_id IS NOT NULL)
    ),
    total AS (
      SELECT
        keyed.section,
        keyed.subject,
        COUNT(*) AS messages,
        AVG(keyed.emv) AS avg_emv,
        SUM(keyed.emv) AS total_emv,
        SUM(keyed.earnings) AS revenue
      FROM keyed
      GROUP BY keyed.section, keyed.subject
    ),
    period AS (
      SELECT
        IF(days = 1, 'DAY', 'WEEK') AS section,
        CAST(DATE_SUB(DATE(p_now, 'America/Los_Angeles'), INTERVAL days * number DAY) AS STRING) AS subject
      FROM UNNEST([1, 7]) AS days
      CROSS JOIN UNNEST(GENERATE_ARRAY(1, 30)) AS number
      WHERE days = 1 OR number <= 8
    )
  SELECT
    COALESCE(total.section, period.section) AS section,
    ROW_NUMBER() OVER (
      PARTITION BY COALESCE(total.section, period.section)
      ORDER BY period.subject DESC, total.total_emv DESC, total.subject
    ) AS position,
    COALESCE(total.subject, period.subject) AS subject,
    COALESCE(total.messages, 0) AS messages,
    total.avg_emv,
    COALESCE(total.total_emv, 0) AS total_emv,
    COALESCE(total.revenue, 0) AS revenue,
    LAG(total.avg_emv) OVER (PARTITION BY period.section ORDER BY period.subject) AS avg_emv_before
  FROM total
  FULL OUTER JOIN period ON period.section = total.section AND period.subject = total.subject
) AS ranked
WHERE ranked.section != 'CAPTION' OR ranked.position <= 20;
