-- The present year (Los Angeles) has at least 20 holidays, and every factor lies above 0 and at most at 1.
-- When it fails: correct config/holidays.yaml and deploy it (eros up -s STACK), or correct the row; saturation scores
-- since then expected too much or too little of that day.
SELECT
  CONCAT(
    CAST(COUNT(*) AS STRING), ' holidays in ',
    CAST(EXTRACT(YEAR FROM CURRENT_DATE('America/Los_Angeles')) AS STRING), ', at least 20 are expected'
  ) AS detail
FROM `eros_scheduling_brain.holiday_calendar` AS h
WHERE EXTRACT(YEAR FROM h.holiday_date) = EXTRACT(YEAR FROM CURRENT_DATE('America/Los_Angeles'))
HAVING COUNT(*) < 20
UNION ALL
SELECT
  CONCAT(
    h.holiday_name, ' on ', FORMAT_DATE('%F', h.holiday_date), ' has the factor ',
    COALESCE(CAST(h.saturation_impact_factor AS STRING), 'NULL')
  ) AS detail
FROM `eros_scheduling_brain.holiday_calendar` AS h
WHERE NOT COALESCE(h.saturation_impact_factor > 0 AND h.saturation_impact_factor <= 1, FALSE)
