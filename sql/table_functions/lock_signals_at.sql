-- What the caption locks say of the platform's health at p_now.
-- A caption is held twice when its active locks on a page cannot all be more than a week apart, as check i2 wants them.
-- A lock has expired when its send day ended in Los Angeles more than two hours ago: the sweep has had its chance.
-- Rows expired_now, assigned_5m and unique_captions are for the columns of health_checks; no rule reads them.
-- Read by: run_health_check_at. Source: active_caption_assignments.
CREATE OR REPLACE TABLE FUNCTION `eros_scheduling_brain.lock_signals_at`(p_now TIMESTAMP)
RETURNS TABLE<
  --: What was measured.
  signal STRING,
  --: Always empty: the whole platform.
  subject STRING,
  --: Number of locks or captions; 0 without any.
  value FLOAT64,
  --: Always null: no age is among them.
  since TIMESTAMP,
  --: What else a text may say, as key=value|key=value.
  details STRING,
  --: TRUE for recent_assignments until a first caption was assigned.
  is_waiting BOOL
>
OPTIONS(description="Active, expired and duplicate locks and recent assignments, one row a signal.")
AS
SELECT
  measure.signal,
  '' AS subject,
  CAST(measure.value AS FLOAT64) AS value,
  CAST(NULL AS TIMESTAMP) AS since,
  measure.details,
  measure.is_waiting
FROM (
  SELECT
    COALESCE(SUM(pair.active), 0) AS active,
    COALESCE(SUM(pair.expired_now), 0) AS expired_now,
    COALESCE(SUM(pair.expired), 0) AS expired,
    COUNTIF(pair.active > 1 + DIV(pair.days_apart, 8)) AS duplicates,
    COALESCE(SUM(pair.assigned_24h), 0) AS assigned_24h,
    COALESCE(SUM(pair.assigned_5m), 0) AS assigned_5m,
    COUNT(DISTINCT IF(pair.active > 0, pair.caption_id, NULL)) AS unique_captions,
    COUNT(*) = 0 AS is_empty
  FROM (
    SELECT
      held.page_name,
      held.caption_id,
      COUNTIF(held.is_active AND held.scheduled_send_date >= DATE(p_now, 'America/Los_Angeles')) AS active,
      DATE_DIFF(
        MAX(IF(held.is_active, held.scheduled_send_date, NULL)),
        MIN(
          IF(
            held.is_active AND held.scheduled_send_date >= DATE(p_now, 'America/Los_Angeles'),
            held.scheduled_send_date,
            NULL
          )
        ),
        DAY
      ) AS days_apart,
      COUNTIF(held.is_active AND held.scheduled_send_date < DATE(p_now, 'America/Los_Angeles')) AS expired_now,
      COUNTIF(
        held.is_active
        AND held.scheduled_send_date < DATE(TIMESTAMP_SUB(p_now, INTERVAL 2 HOUR), 'America/Los_Angeles')
      ) AS expired,
      COUNTIF(held.assigned_at > TIMESTAMP_SUB(p_now, INTERVAL 24 HOUR) AND held.assigned_at <= p_now) AS assigned_24h,
      COUNTIF(held.assigned_at > TIMESTAMP_SUB(p_now, INTERVAL 5 MINUTE) AND held.assigned_at <= p_now) AS assigned_5m
    FROM `eros_scheduling_brain.active_caption_assignments` AS held
    -- Sweeps close what is older, also where they were missed for a week.
    WHERE held.scheduled_send_date >= DATE_SUB(DATE(p_now, 'America/Los_Angeles'), INTERVAL 30 DAY)
    GROUP BY held.page_name, held.caption_id
  ) AS pair
) AS seen
CROSS JOIN UNNEST([
  STRUCT(
    'active_locks' AS signal,
    seen.active AS value,
    CONCAT('active_lock_count=', CAST(seen.active AS STRING)) AS details,
    FALSE AS is_waiting
  ),
  STRUCT('expired_locks', seen.expired, '', FALSE),
  STRUCT('duplicate_assignments', seen.duplicates, '', FALSE),
  STRUCT('recent_assignments', seen.assigned_24h, '', seen.is_empty),
  STRUCT('expired_now', seen.expired_now, '', FALSE),
  STRUCT('assigned_5m', seen.assigned_5m, '', FALSE),
  STRUCT('unique_captions', seen.unique_captions, '', FALSE)
]) AS measure;
