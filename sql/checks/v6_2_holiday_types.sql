-- Holidays are of the types FEDERAL, CULTURAL and COMMERCIAL: of each of them and of no other.
-- When it fails: correct config/holidays.yaml and deploy it (eros up -s STACK), or correct the row.
WITH
  known AS (
    SELECT k AS holiday_type
    FROM UNNEST(['FEDERAL', 'CULTURAL', 'COMMERCIAL']) AS k
  ),
  used AS (
    SELECT COALESCE(h.holiday_type, 'NULL') AS found_type, MIN(h.holiday_date) AS first_date, COUNT(*) AS days
    FROM `eros_scheduling_brain.holiday_calendar` AS h
    GROUP BY found_type
  )
SELECT
  CONCAT(
    CAST(used.days AS STRING), ' holidays of the type ', used.found_type, ', the first on ',
    FORMAT_DATE('%F', used.first_date)
  ) AS detail
FROM used
LEFT JOIN known ON known.holiday_type = used.found_type
WHERE known.holiday_type IS NULL
UNION ALL
SELECT CONCAT('no holiday of the type ', known.holiday_type) AS detail
FROM known
LEFT JOIN used ON used.found_type = known.holiday_type
WHERE used.found_type IS NULL
