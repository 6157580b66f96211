-- How much of its pool each page has locked from the Los Angeles today on.
-- The pool is what pool_health found last: captions of the page after profile, restrictions and inventory. A page that
-- it has not looked at in a week is UNKNOWN, never OK.
-- Read by: monitoring_lock_saturation. Source: active_caption_assignments, pool_health.
CREATE OR REPLACE TABLE FUNCTION `eros_scheduling_brain.monitoring_lock_saturation_at`(p_now TIMESTAMP)
RETURNS TABLE<
  --: Page with locks or with a pool: lower case, trimmed; one row each.
  page_name STRING,
  --: CRITICAL above 80 % or with an empty pool, WARNING above 60 %, else OK; UNKNOWN without a pool check in 7 days.
  state STRING,
  --: 100 * locked_captions / pool_captions; null when the pool is empty or unknown.
  saturation_pct FLOAT64,
  --: Locks of the Los Angeles today and later.
  active_locks INT64,
  --: Different captions among them.
  locked_captions INT64,
  --: Captions that the page may send, PPV and bump together; null without a pool check in 7 days.
  pool_captions INT64,
  --: Los Angeles date of the pool check.
  pool_checked_on DATE,
  --: First Los Angeles date with a lock; null without one.
  first_send_date DATE,
  --: Last Los Angeles date with a lock; null without one.
  last_send_date DATE,
  --: Days from the first to the last of them, both counted; null without a lock.
  span_days INT64
>
OPTIONS(description="Locked captions of each page against its pool: above 60 % WARNING, above 80 % CRITICAL.")
AS
SELECT
  c.page_name,
  CASE
    WHEN c.pool_captions IS NULL THEN 'UNKNOWN'
    WHEN c.pool_captions = 0 OR 100 * c.locked_captions > 80 * c.pool_captions THEN 'CRITICAL'
    WHEN 100 * c.locked_captions > 60 * c.pool_captions THEN 'WARNING'
    ELSE 'OK'
  END AS state,
  SAFE_DIVIDE(100 * c.locked_captions, c.pool_captions) AS saturation_pct,
  c.active_locks,
  c.locked_captions,
  c.pool_captions,
  c.pool_checked_on,
  c.first_send_date,
  c.last_send_date,
  DATE_DIFF(c.last_send_date, c.first_send_date, DAY) + 1 AS span_days
FROM (
  WITH
    locks AS (
      SELECT
        LOWER(TRIM(a.page_name)) AS page_name,
        COUNT(*) AS active_locks,
        COUNT(DISTINCT a.caption_id) AS locked_captions,
        MIN(a.scheduled_send_date) AS first_send_date,
        MAX(a.scheduled_send_date) AS last_send_date
      FROM `eros_scheduling_brain.active_caption_assignments` AS a
      WHERE a.is_active AND a.scheduled_send_date >= DATE(p_now, 'America/Los_Angeles')
      GROUP BY LOWER(TRIM(a.page_name))
    ),
    checked AS (
      SELECT LOWER(TRIM(h.page_name)) AS page_name, h.check_date, SUM(h.pool_after_restrictions) AS pool_captions
      FROM `eros_scheduling_brain.pool_health` AS h
      WHERE h.check_date > DATE_SUB(DATE(p_now, 'America/Los_Angeles'), INTERVAL 7 DAY)
        AND h.check_date <= DATE(p_now, 'America/Los_Angeles')
      GROUP BY LOWER(TRIM(h.page_name)), h.check_date
    ),
    pool AS (
      SELECT checked.page_name, checked.check_date, checked.pool_captions
      FROM checked
      WHERE TRUE
      QUALIFY ROW_NUMBER() OVER (PARTITION BY checked.page_name ORDER BY checked.check_date DESC) = 1
    )
  SELECT
    COALESCE(locks.page_name, pool.page_name) AS page_name,
    COALESCE(locks.active_locks, 0) AS active_locks,
    COALESCE(locks.locked_captions, 0) AS locked_captions,
    pool.pool_captions,
    pool.check_date AS pool_checked_on,
    locks.first_send_date,
    locks.last_send_date
  FROM locks
  FULL OUTER JOIN pool ON pool.page_name = locks.page_name
) AS c;
