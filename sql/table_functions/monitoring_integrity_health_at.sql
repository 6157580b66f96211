-- Whether the platform's figures are possible ones: rows, defects that must be 0, how the statistics are spread, locks.
-- Beside each figure stands of how many rows it speaks; a defect that was looked for in no row is UNKNOWN, not absent.
-- eros verify proves more and says which rows; this counts, for dashboards.
-- Read by: monitoring_integrity_health. Source: caption_bandit_stats, caption_bank, active_caption_assignments,
-- message_facts.
CREATE OR REPLACE TABLE FUNCTION `eros_scheduling_brain.monitoring_integrity_health_at`(p_now TIMESTAMP)
RETURNS TABLE<
  --: Place in the report, from 1.
  position INT64,
  --: ROWS (what is there), DEFECT (must be 0), SPREAD (of the statistics), LOCKS.
  section STRING,
  --: What is counted.
  measure STRING,
  --: How many rows it is true of.
  value INT64,
  --: How many rows were looked at.
  examined INT64,
  --: DEFECT: OK at 0, else CRITICAL, UNKNOWN when no row was looked at; ROWS: UNKNOWN at 0, else OK; others INFO.
  state STRING
>
OPTIONS(description="Row counts, integrity defects, spread of the caption statistics and locks, each with the rows looked at.")
AS
SELECT
  figure.position,
  figure.section,
  figure.measure,
  figure.value,
  figure.examined,
  CASE
    WHEN figure.section IN ('SPREAD', 'LOCKS') THEN 'INFO'
    WHEN figure.examined = 0 THEN 'UNKNOWN'
    WHEN figure.section = 'ROWS' OR figure.value = 0 THEN 'OK'
    ELSE 'CRITICAL'
  END AS state
FROM (
  SELECT
    COUNT(*) AS statistics,
    COUNTIF(NOT COALESCE(
      0 <= s.confidence_lower_bound
        AND s.confidence_lower_bound <= s.confidence_upper_bound
        AND s.confidence_upper_bound <= 1,
      FALSE
    )) AS impossible_bounds,
    COUNTIF(NOT COALESCE(
      s.successes >= 1 AND s.failures >= 1 AND s.total_observations >= 0 AND s.total_revenue >= 0,
      FALSE
    )) AS impossible_counts,
    COUNTIF(s.confidence_lower_bound > 0.7) AS strong,
    COUNTIF(s.confidence_lower_bound < 0.3 AND s.total_observations >= 30) AS weak,
    COUNTIF(s.total_observations < 30) AS young
  FROM `eros_scheduling_brain.caption_bandit_stats` AS s
) AS stats
CROSS JOIN (
  SELECT
    COUNT(*) AS captions,
    COUNTIF(TRIM(b.caption_text) = '') AS blank_texts,
    COUNTIF(COALESCE(b.total_sends, 0) = 0) AS never_sent
  FROM `eros_scheduling_brain.caption_bank` AS b
) AS bank
CROSS JOIN (
  SELECT
    COALESCE(SUM(pair.assigned), 0) AS assignments,
    COALESCE(SUM(pair.blank_texts), 0) AS blank_texts,
    COALESCE(SUM(pair.active), 0) AS active,
    COALESCE(SUM(pair.overdue), 0) AS overdue,
    COUNTIF(pair.active > 0) AS held_pairs,
    COUNTIF(pair.active > 1) AS doubled_pairs
  FROM (
    SELECT
      COUNT(*) AS assigned,
      COUNTIF(TRIM(a.caption_text) = '') AS blank_texts,
      COUNTIF(a.is_active AND a.scheduled_send_date >= DATE(p_now, 'America/Los_Angeles')) AS active,
      COUNTIF(a.is_active AND a.scheduled_send_date < DATE(p_now, 'America/Los_Angeles')) AS overdue
    FROM `eros_scheduling_brain.active_caption_assignments` AS a
    GROUP BY LOWER(TRIM(a.page_name)), a.caption_id
  ) AS pair
) AS locks
CROSS JOIN (
  SELECT
    COUNT(*) AS messages,
    COUNTIF(LEAST(m.sent_count, m.viewed_count, m.purchased_count) < 0 OR m.earnings < 0) AS negative,
    COUNTIF(m.purchased_count > m.viewed_count OR m.viewed_count > m.sent_count) AS more_than_reached
  FROM `eros_scheduling_brain.message_facts` AS m
  WHERE m.sending_time > TIMESTAMP_SUB(p_now, INTERVAL 30 DAY)
    AND m.sending_time <= p_now
) AS sent
CROSS JOIN UNNEST(ARRAY<STRUCT<position INT64, section STRING, measure STRING, value INT64, examined INT64>>[
  (1, 'ROWS', 'captions in the bank', bank.captions, bank.captions),
  (2, 'ROWS', 'captions with statistics, by page', stats.statistics, stats.statistics),
  (3, 'ROWS', 'assignments', locks.assignments, locks.assignments),
  (4, 'ROWS', 'messages of 30 days', sent.messages, sent.messages),
  (5, 'DEFECT', 'confidence bounds outside 0 to 1 or crossed', stats.impossible_bounds, stats.statistics),
  (6, 'DEFECT', 'statistics with negative or missing counts', stats.impossible_counts, stats.statistics),
  (7, 'DEFECT', 'captions with a blank text', bank.blank_texts, bank.captions),
  (8, 'DEFECT', 'assignments with a blank text', locks.blank_texts, locks.assignments),
  (9, 'DEFECT', 'captions that a page holds more than once', locks.doubled_pairs, locks.held_pairs),
  (10, 'DEFECT', 'messages with negative figures', sent.negative, sent.messages),
  (11, 'DEFECT', 'messages with more buyers than viewers or more viewers than recipients',
    sent.more_than_reached, sent.messages),
  (12, 'SPREAD', 'captions never sent', bank.never_sent, bank.captions),
  (13, 'SPREAD', 'lower confidence bound above 0.7', stats.strong, stats.statistics),
  (14, 'SPREAD', 'lower confidence bound below 0.3 after 30 messages or more', stats.weak, stats.statistics),
  (15, 'SPREAD', 'fewer than 30 messages', stats.young, stats.statistics),
  (16, 'LOCKS', 'active locks', locks.active, locks.assignments),
  (17, 'LOCKS', 'active locks past their send date', locks.overdue, locks.assignments)
]) AS figure;
