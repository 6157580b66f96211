-- The view schedule_recommendations_messages exposes the 18 columns that exporters read, each of its type.
-- When it fails: eros refresh -s STACK, then eros up -s STACK; if a table below the view lost a column, mend that
-- first (see the other checks).
WITH
  wanted AS (
    SELECT w.column_name AS column_name, w.data_type AS data_type
    FROM
      UNNEST([
        STRUCT('schedule_id' AS column_name, 'STRING' AS data_type),
        STRUCT('page_name', 'STRING'),
        STRUCT('day_of_week', 'STRING'),
        STRUCT('scheduled_send_time', 'TIMESTAMP'),
        STRUCT('message_type', 'STRING'),
        STRUCT('caption_id', 'INT64'),
        STRUCT('caption_text', 'STRING'),
        STRUCT('price_tier', 'STRING'),
        STRUCT('content_category', 'STRING'),
        STRUCT('has_urgency', 'BOOL'),
        STRUCT('performance_score', 'FLOAT64'),
        STRUCT('confidence_lower_bound', 'FLOAT64'),
        STRUCT('confidence_upper_bound', 'FLOAT64'),
        STRUCT('total_observations', 'INT64'),
        STRUCT('caption_last_updated', 'TIMESTAMP'),
        STRUCT('schedule_created_at', 'TIMESTAMP'),
        STRUCT('schedule_is_active', 'BOOL'),
        STRUCT('time_slot_rank', 'INT64')
      ]) AS w
  ),
  present AS (
    SELECT c.column_name AS column_name, c.data_type AS data_type
    FROM `eros_scheduling_brain.INFORMATION_SCHEMA.COLUMNS` AS c
    WHERE c.table_name = 'schedule_recommendations_messages'
  )
SELECT
  CONCAT(
    'column ', wanted.column_name,
    COALESCE(CONCAT(' is ', present.data_type, ', not ', wanted.data_type), ' does not exist')
  ) AS detail
FROM wanted
LEFT JOIN present ON present.column_name = wanted.column_name
WHERE COALESCE(present.data_type, '') != wanted.data_type
