-- What waits for the schedule builder, and how long: the last three Los Angeles dates by status.
-- Read by: monitoring_queue. Source: schedule_generation_queue.
CREATE OR REPLACE TABLE FUNCTION `eros_scheduling_brain.monitoring_queue_at`(p_now TIMESTAMP)
RETURNS TABLE<
  --: PENDING, PROCESSING, COMPLETED or FAILED; one row each that has entries.
  status STRING,
  --: Entries with that status, of the Los Angeles date of p_now and the two before.
  entries INT64,
  --: When the first of them was queued.
  oldest TIMESTAMP,
  --: When the last of them was queued.
  newest TIMESTAMP,
  --: Hours from the first to p_now; what still is PENDING has waited that long at most.
  oldest_age_hours FLOAT64,
  --: Of them, PROCESSING whose claim has run out: the builder that took them has died.
  expired_claims INT64,
  --: Five pages, those queued first, joined by ', '.
  sample_pages STRING
>
OPTIONS(description="Queue of the schedule builder over the last 3 Los Angeles dates by status: entries, age, expired claims, sample pages.")
AS
SELECT
  g.status,
  g.entries,
  g.oldest,
  g.newest,
  TIMESTAMP_DIFF(p_now, g.oldest, SECOND) / 3600 AS oldest_age_hours,
  g.expired_claims,
  g.sample_pages
FROM (
  SELECT
    q.status,
    COUNT(*) AS entries,
    MIN(q.queued_at) AS oldest,
    MAX(q.queued_at) AS newest,
    COUNTIF(q.has_expired) AS expired_claims,
    STRING_AGG(IF(q.place <= 5, q.page_name, NULL), ', ' ORDER BY q.place) AS sample_pages
  FROM (
    SELECT
      entry.status,
      entry.queued_at,
      entry.page_name,
      entry.status = 'PROCESSING' AND COALESCE(entry.lease_expires_at <= p_now, TRUE) AS has_expired,
      ROW_NUMBER() OVER (
        PARTITION BY entry.status ORDER BY entry.queued_at, entry.page_name, entry.execution_date
      ) AS place
    FROM `eros_scheduling_brain.schedule_generation_queue` AS entry
    WHERE entry.execution_date >= DATE_SUB(DATE(p_now, 'America/Los_Angeles'), INTERVAL 2 DAY)
      AND entry.execution_date <= DATE(p_now, 'America/Los_Angeles')
      AND entry.queued_at <= p_now
  ) AS q
  GROUP BY q.status
) AS g;
