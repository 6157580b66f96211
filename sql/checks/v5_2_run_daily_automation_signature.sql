-- run_daily_automation takes the execution date as its only argument.
-- When it fails: eros refresh -s STACK, then eros up -s STACK; until then every caller fails with a wrong number or
-- type of arguments.
WITH
  signature AS (
    SELECT
      CONCAT(
        '(',
        COALESCE(
          STRING_AGG(
            CONCAT(IF(COALESCE(p.parameter_mode, 'IN') = 'IN', '', CONCAT(p.parameter_mode, ' ')), p.data_type),
            ', ' ORDER BY p.ordinal_position
          ),
          ''
        ),
        ')'
      ) AS found
    FROM `eros_scheduling_brain.INFORMATION_SCHEMA.PARAMETERS` AS p
    WHERE p.specific_name = 'run_daily_automation' AND p.ordinal_position > 0
  ),
  present AS (
    SELECT COUNT(*) AS procedures
    FROM `eros_scheduling_brain.INFORMATION_SCHEMA.ROUTINES` AS r
    WHERE r.routine_name = 'run_daily_automation' AND r.routine_type = 'PROCEDURE'
  )
SELECT
  IF(
    present.procedures = 0,
    'procedure run_daily_automation does not exist',
    CONCAT('the arguments are ', signature.found, ', not (DATE)')
  ) AS detail
FROM signature
CROSS JOIN present
WHERE present.procedures = 0 OR signature.found != '(DATE)'
