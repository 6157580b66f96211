-- Every declared holiday is in holiday_calendar as declared, every declared flag exists, and the latest run that
-- applied them succeeded with the content that is deployed.
-- When it fails: CALL apply_reference_data(), which brings the rows back or says what is wrong. The dispatcher does so
-- within 15 minutes of a deployment, the daily automation once a day; etl_job_runs holds the error of each run.
WITH
  latest AS (
    SELECT run.job_id, run.job_status, run.error_message
    FROM `eros_scheduling_brain.etl_job_runs` AS run
    WHERE run.job_name = 'apply_reference_data'
    QUALIFY ROW_NUMBER() OVER (ORDER BY run.job_start_time DESC, run.job_id DESC) = 1
  )
SELECT
  CONCAT(
    'holiday ', declared.holiday_name, ' on ', FORMAT_DATE('%F', declared.holiday_date),
    IF(held.holiday_date IS NULL, ' is missing', ' differs from what is declared')
  ) AS detail
FROM `eros_scheduling_brain.declared_holidays` AS declared
LEFT JOIN `eros_scheduling_brain.holiday_calendar` AS held ON held.holiday_date = declared.holiday_date
WHERE
  held.holiday_date IS NULL
  OR held.holiday_name IS DISTINCT FROM declared.holiday_name
  OR held.holiday_type IS DISTINCT FROM declared.holiday_type
  OR held.is_major_holiday IS DISTINCT FROM declared.is_major_holiday
  OR held.saturation_impact_factor IS DISTINCT FROM declared.saturation_impact_factor
UNION ALL
SELECT CONCAT('flag ', declared.flag, ' is missing') AS detail
FROM `eros_scheduling_brain.declared_flags` AS declared
WHERE NOT EXISTS (SELECT 1 FROM `eros_scheduling_brain.feature_flags` AS held WHERE held.flag = declared.flag)
UNION ALL
SELECT
  CASE
    WHEN latest.job_id IS NULL THEN 'reference data was never applied'
    WHEN latest.job_status != 'SUCCESS'
      THEN CONCAT('the latest run is ', latest.job_status, COALESCE(CONCAT(': ', latest.error_message), ''))
    ELSE CONCAT('other content is deployed (', content.digest, ') than the latest run applied')
  END AS detail
FROM `eros_scheduling_brain.reference_data_digest` AS content
LEFT JOIN latest ON TRUE
WHERE NOT COALESCE(latest.job_status = 'SUCCESS' AND ENDS_WITH(latest.job_id, content.digest), FALSE)
