-- The four procedures that the schedules and the schedule builder call exist.
-- When it fails: eros refresh -s STACK, then eros up -s STACK; until then the scheduled queries that call them fail.
WITH
  wanted AS (
    SELECT w AS routine_name
    FROM
      UNNEST([
        'update_caption_performance', 'run_daily_automation', 'sweep_expired_caption_locks',
        'select_captions_for_creator'
      ]) AS w
  ),
  present AS (
    SELECT r.routine_name AS routine_name, r.routine_type AS routine_type
    FROM `eros_scheduling_brain.INFORMATION_SCHEMA.ROUTINES` AS r
  )
SELECT
  CONCAT(
    'procedure ', wanted.routine_name, COALESCE(CONCAT(' is a ', present.routine_type), ' does not exist')
  ) AS detail
FROM wanted
LEFT JOIN present ON present.routine_name = wanted.routine_name
WHERE COALESCE(present.routine_type, '') != 'PROCEDURE'
