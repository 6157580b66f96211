-- How the caption statistics have grown: what they rested on at the start of each of the last 30 Los Angeles days.
-- The table itself holds the last run only and every run renews all of it, so each day is counted anew from the paid
-- messages of the 90 days before it, by the rules of update_caption_performance_at in whole days.
-- Read by: monitoring_table_growth. Source: message_facts.
CREATE OR REPLACE TABLE FUNCTION `eros_scheduling_brain.monitoring_table_growth_at`(p_now TIMESTAMP)
RETURNS TABLE<
  --: Los Angeles date; the last is that of p_now.
  day DATE,
  --: Captions with a paid message in the 90 Los Angeles days before it, counted once for each page.
  captions INT64,
  --: How many more they are than on the day before; null on the first of the 30 days.
  captions_added INT64,
  --: Pages that sent those messages.
  creators INT64,
  --: Messages a caption and page; null without a caption.
  avg_observations FLOAT64,
  --: Mean of the captions' mean EMV in US dollars; null without a caption.
  avg_emv FLOAT64
>
OPTIONS(description="Captions and creators with statistics on each of 30 days, with mean observations and mean EMV.")
AS
SELECT
  counted.day,
  counted.captions,
  counted.captions - LAG(counted.captions) OVER (ORDER BY counted.day) AS captions_added,
  counted.creators,
  counted.avg_observations,
  counted.avg_emv
FROM (
  WITH
    sent AS (
      SELECT m.page_name, m.caption_id, m.la_date, COUNT(*) AS messages, SUM(m.emv) AS emv
      FROM `eros_scheduling_brain.message_facts` AS m
      WHERE m.message_type = 'PPV'
        AND m.sent_count > 0
        AND m.caption_id IS NOT NULL
        AND m.sending_time
          >= TIMESTAMP(DATE_SUB(DATE(p_now, 'America/Los_Angeles'), INTERVAL 119 DAY), 'America/Los_Angeles')
        AND m.sending_time < TIMESTAMP(DATE(p_now, 'America/Los_Angeles'), 'America/Los_Angeles')
      GROUP BY m.page_name, m.caption_id, m.la_date
    ),
    known AS (
      SELECT
        sent.page_name,
        day AS known_on,
        SUM(sent.messages) AS observations,
        SAFE_DIVIDE(SUM(sent.emv), SUM(sent.messages)) AS emv
      FROM UNNEST(GENERATE_DATE_ARRAY(
        DATE_SUB(DATE(p_now, 'America/Los_Angeles'), INTERVAL 29 DAY), DATE(p_now, 'America/Los_Angeles')
      )) AS day
      CROSS JOIN sent
      WHERE sent.la_date >= DATE_SUB(day, INTERVAL 90 DAY) AND sent.la_date < day
      GROUP BY day, sent.page_name, sent.caption_id
    )
  SELECT
    day,
    COUNT(known.page_name) AS captions,
    COUNT(DISTINCT known.page_name) AS creators,
    AVG(known.observations) AS avg_observations,
    AVG(known.emv) AS avg_emv
  FROM UNNEST(GENERATE_DATE_ARRAY(
    DATE_SUB(DATE(p_now, 'America/Los_Angeles'), INTERVAL 29 DAY), DATE(p_now, 'America/Los_Angeles')
  )) AS day
  LEFT JOIN known ON known.known_on = day
  GROUP BY day
) AS counted;
