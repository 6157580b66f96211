-- run_daily_automation takes the execution date as its only argument.
-- When it fails: eros refresh -s STACK, then eros up -s STACK; until then every caller fails with a wrong number or
-- type of arguments.
SELECT
  IF(
    s.procedures = 0,
    'procedure run_daily_automation does not exist',
    CONCAT('the arguments are (', s.arguments, '), not (DATE)')
  ) AS detail
FROM (
  SELECT
    COUNT(DISTINCT r.routine_name) AS procedures,
    COALESCE(
      STRING_AGG(
        CONCAT(IF(p.parameter_mode IN ('OUT', 'INOUT'), CONCAT(p.parameter_mode, ' '), ''), p.data_type),
        ', ' ORDER BY CAST(p.ordinal_position AS INT64)
      ),
      ''
    ) AS arguments
  FROM `eros_scheduling_brain.INFORMATION_SCHEMA.ROUTINES` AS r
  LEFT JOIN `eros_scheduling_brain.INFORMATION_SCHEMA.PARAMETERS` AS p
    ON p.specific_name = r.specific_name AND CAST(p.ordinal_position AS INT64) > 0
  WHERE r.routine_name = 'run_daily_automation' AND r.routine_type = 'PROCEDURE'
) AS s
WHERE s.procedures = 0 OR CONCAT('(', s.arguments, ')') != '(DATE)'
