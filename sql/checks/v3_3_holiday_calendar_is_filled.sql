-- holiday_calendar has its 5 columns and at least 20 rows for the present year (Los Angeles).
-- When it fails: if the year is beyond last_year of config/holidays.yaml, raise that and deploy: eros up -s STACK.
-- Rows that were deleted by hand come back with the next daily run, or at once: CALL apply_reference_data().
WITH
  wanted AS (
    SELECT w.column_name AS column_name, w.data_type AS data_type
    FROM
      UNNEST([
        STRUCT('holiday_date' AS column_name, 'DATE' AS data_type),
        STRUCT('holiday_name', 'STRING'),
        STRUCT('holiday_type', 'STRING'),
        STRUCT('is_major_holiday', 'BOOL'),
        STRUCT('saturation_impact_factor', 'FLOAT64')
      ]) AS w
  ),
  present AS (
    SELECT c.column_name AS column_name, c.data_type AS data_type
    FROM `eros_scheduling_brain.INFORMATION_SCHEMA.COLUMNS` AS c
    WHERE c.table_name = 'holiday_calendar'
  )
SELECT
  CONCAT(
    'column ', wanted.column_name,
    COALESCE(CONCAT(' is ', present.data_type, ', not ', wanted.data_type), ' does not exist')
  ) AS detail
FROM wanted
LEFT JOIN present ON present.column_name = wanted.column_name
WHERE COALESCE(present.data_type, '') != wanted.data_type
UNION ALL
SELECT
  CONCAT(
    CAST(COUNT(*) AS STRING), ' holidays in ',
    CAST(EXTRACT(YEAR FROM CURRENT_DATE('America/Los_Angeles')) AS STRING), ', at least 20 are expected'
  ) AS detail
FROM `eros_scheduling_brain.holiday_calendar` AS h
WHERE EXTRACT(YEAR FROM h.holiday_date) = EXTRACT(YEAR FROM CURRENT_DATE('America/Los_Angeles'))
HAVING COUNT(*) < 20
