-- schedule_export_log has the 9 columns that exporters write and the duplicate check reads, each of its type.
-- When it fails: eros refresh -s STACK, then eros up -s STACK, adds a column that is missing; until then every export
-- fails.
WITH
  wanted AS (
    SELECT w.column_name AS column_name, w.data_type AS data_type
    FROM
      UNNEST([
        STRUCT('schedule_id' AS column_name, 'STRING' AS data_type),
        STRUCT('page_name', 'STRING'),
        STRUCT('export_timestamp', 'TIMESTAMP'),
        STRUCT('message_count', 'INT64'),
        STRUCT('execution_time_seconds', 'FLOAT64'),
        STRUCT('status', 'STRING'),
        STRUCT('error_message', 'STRING'),
        STRUCT('export_format', 'STRING'),
        STRUCT('exported_by', 'STRING')
      ]) AS w
  ),
  present AS (
    SELECT c.column_name AS column_name, c.data_type AS data_type
    FROM `eros_scheduling_brain.INFORMATION_SCHEMA.COLUMNS` AS c
    WHERE c.table_name = 'schedule_export_log'
  )
SELECT
  CONCAT(
    'column ', wanted.column_name,
    COALESCE(CONCAT(' is ', present.data_type, ', not ', wanted.data_type), ' does not exist')
  ) AS detail
FROM wanted
LEFT JOIN present ON present.column_name = wanted.column_name
WHERE COALESCE(present.data_type, '') != wanted.data_type
