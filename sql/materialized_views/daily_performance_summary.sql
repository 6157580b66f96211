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
  message.la_date,
  message.page AS page_name,
  COUNT(*) AS message_count,
  COUNTIF(message.is_ppv) AS ppv_count,
  SUM(message.sent) AS sent_count,
  SUM(message.viewed) AS viewed_count,
  SUM(message.purchased) AS purchased_count,
  SUM(message.earned) AS earnings,
  SUM(IF(message.is_ppv, message.sent, 0)) AS ppv_sent_count,
  SUM(IF(message.is_ppv, message.viewed, 0)) AS ppv_viewed_count,
  SUM(IF(message.is_ppv, message.purchased, 0)) AS ppv_purchased_count,
  SUM(IF(message.is_ppv, message.earned, 0)) AS ppv_earnings
FROM message
GROUP BY message.la_date, message.page;
