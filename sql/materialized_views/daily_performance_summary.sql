-- Messages, audience, views, purchases and revenue per Los Angeles day and page, over all of history.
-- Sums and counts only: this is what an incremental refresh can keep up to date. Rates are in
-- daily_performance_summary_v.
-- Refreshed once a day, which is what daily figures need: a refresh is billed to the project, and one after the source
-- has changed or deleted rows reads all of history. Queries see rows since then all the same, for the price of reading.
-- Reads mass_messages itself, because a refresh cannot go through a view with joins; what is PPV and which rows
-- count is as in message_facts.
CREATE OR REPLACE MATERIALIZED VIEW `eros_scheduling_brain.daily_performance_summary`
CLUSTER BY page_name
OPTIONS(
  description="Message sums per Los Angeles day and page; rates in daily_performance_summary_v.",
  enable_refresh=true,
  refresh_interval_minutes=1440
)
AS
WITH message AS (
  SELECT
    DATE(m.sending_time, 'America/Los_Angeles') AS la_date,
    LOWER(TRIM(m.page_name)) AS page,
    COALESCE(LOWER(TRIM(m.message_type)) IN ('ppv', 'unlock'), FALSE) OR COALESCE(m.price, 0) > 0 AS is_ppv,
    COALESCE(m.sent_count, 0) AS sent,
    COALESCE(m.viewed_count, 0) AS viewed,
    CAST(COALESCE(m.purchased_count, 0) AS INT64) AS purchased,
    COALESCE(m.earnings, 0) AS earned
  FROM `eros_scheduling_brain.mass_messages` AS m
  WHERE m.sending_time IS NOT NULL AND TRIM(m.page_name) != ''
)
SELECT
  --: Los Angeles date on which the messages were sent.
  message.la_date,
  --: Page that sent them: lower case, trimmed, never empty.
  message.page AS page_name,
  --: Messages of the page on that day, PPV and bump.
  COUNT(*) AS message_count,
  --: Of those, PPV messages: the source says PPV or Unlock, or the price is above 0.
  COUNTIF(message.is_ppv) AS ppv_count,
  --: Recipients, summed over the messages.
  SUM(message.sent) AS sent_count,
  --: Recipients who opened a message, summed over the messages.
  SUM(message.viewed) AS viewed_count,
  --: Recipients who bought, summed over the messages.
  SUM(message.purchased) AS purchased_count,
  --: Revenue in US dollars.
  SUM(message.earned) AS earnings,
  --: Recipients of the PPV messages.
  SUM(IF(message.is_ppv, message.sent, 0)) AS ppv_sent_count,
  --: Recipients who opened a PPV message.
  SUM(IF(message.is_ppv, message.viewed, 0)) AS ppv_viewed_count,
  --: Recipients who bought a PPV message.
  SUM(IF(message.is_ppv, message.purchased, 0)) AS ppv_purchased_count,
  --: Revenue of the PPV messages in US dollars.
  SUM(IF(message.is_ppv, message.earned, 0)) AS ppv_earnings
FROM message
GROUP BY message.la_date, message.page;
