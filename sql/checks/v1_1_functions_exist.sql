-- The four scalar functions that captions and statistics rest on exist.
-- When it fails: eros refresh -s STACK, then eros up -s STACK; if the function is there under another kind, delete
-- that one first.
WITH
  wanted AS (
    SELECT w AS routine_name
    FROM UNNEST(['caption_key', 'caption_key_v2', 'wilson_score_bounds', 'wilson_sample']) AS w
  ),
  present AS (
    SELECT r.routine_name AS routine_name, r.routine_type AS routine_type
    FROM `eros_scheduling_brain.INFORMATION_SCHEMA.ROUTINES` AS r
  )
SELECT
  CONCAT(
    'function ', wanted.routine_name, COALESCE(CONCAT(' is a ', present.routine_type), ' does not exist')
  ) AS detail
FROM wanted
LEFT JOIN present ON present.routine_name = wanted.routine_name
WHERE COALESCE(present.routine_type, '') != 'FUNCTION'
