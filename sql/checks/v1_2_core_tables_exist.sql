-- The three core tables exist as base tables, not as views or snapshots of that name.
-- When it fails: look at the stack's history before anything else, since a table that is gone took its rows along;
-- restore it from the backup, then eros refresh -s STACK, then eros up -s STACK.
WITH
  wanted AS (
    SELECT w AS table_name
    FROM UNNEST(['caption_bandit_stats', 'holiday_calendar', 'schedule_export_log']) AS w
  ),
  present AS (
    SELECT t.table_name AS table_name, t.table_type AS table_type
    FROM `eros_scheduling_brain.INFORMATION_SCHEMA.TABLES` AS t
    WHERE t.table_name IN ('caption_bandit_stats', 'holiday_calendar', 'schedule_export_log')
  )
SELECT
  CONCAT('table ', wanted.table_name, COALESCE(CONCAT(' is a ', present.table_type), ' does not exist')) AS detail
FROM wanted
LEFT JOIN present ON present.table_name = wanted.table_name
WHERE COALESCE(present.table_type, '') != 'BASE TABLE'
