-- caption_bandit_stats has its 15 columns, each of its type.
-- When it fails: eros refresh -s STACK, then eros up -s STACK, adds a column that is missing; a column of another type
-- was not made by this stack: compare the table with sql/tables/caption_bandit_stats.sql.
WITH
  wanted AS (
    SELECT w.column_name AS column_name, w.data_type AS data_type
    FROM
      UNNEST([
        STRUCT('caption_id' AS column_name, 'INT64' AS data_type),
        STRUCT('page_name', 'STRING'),
        STRUCT('successes', 'INT64'),
        STRUCT('failures', 'INT64'),
        STRUCT('total_observations', 'INT64'),
        STRUCT('total_revenue', 'FLOAT64'),
        STRUCT('avg_conversion_rate', 'FLOAT64'),
        STRUCT('avg_emv', 'FLOAT64'),
        STRUCT('last_emv_observed', 'FLOAT64'),
        STRUCT('confidence_lower_bound', 'FLOAT64'),
        STRUCT('confidence_upper_bound', 'FLOAT64'),
        STRUCT('exploration_score', 'FLOAT64'),
        STRUCT('last_used', 'TIMESTAMP'),
        STRUCT('last_updated', 'TIMESTAMP'),
        STRUCT('performance_percentile', 'INT64')
      ]) AS w
  ),
  present AS (
    SELECT c.column_name AS column_name, c.data_type AS data_type
    FROM `eros_scheduling_brain.INFORMATION_SCHEMA.COLUMNS` AS c
    WHERE c.table_name = 'caption_bandit_stats'
  )
SELECT
  CONCAT(
    'column ', wanted.column_name,
    COALESCE(CONCAT(' is ', present.data_type, ', not ', wanted.data_type), ' does not exist')
  ) AS detail
FROM wanted
LEFT JOIN present ON present.column_name = wanted.column_name
WHERE COALESCE(present.data_type, '') != wanted.data_type
