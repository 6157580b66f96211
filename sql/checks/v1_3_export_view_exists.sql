-- The view that exporters read exists, and is a view.
-- When it fails: eros refresh -s STACK, then eros up -s STACK.
SELECT
  CONCAT(
    'view schedule_recommendations_messages', COALESCE(CONCAT(' is a ', MAX(t.table_type)), ' does not exist')
  ) AS detail
FROM `eros_scheduling_brain.INFORMATION_SCHEMA.TABLES` AS t
WHERE t.table_name = 'schedule_recommendations_messages'
HAVING COUNTIF(t.table_type = 'VIEW') = 0
