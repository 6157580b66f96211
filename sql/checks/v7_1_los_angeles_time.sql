-- Dates, hours and weekdays of instants are those of Los Angeles: around midnight, both changes of the clock, a leap
-- day and the turn of the year, and at this moment.
-- When it fails: eros refresh -s STACK, then eros up -s STACK; if the present moment alone fails, the cloud lacks the
-- time zone.
WITH
  examples AS (
    SELECT e.moment AS moment, e.local_time AS local_time
    FROM
      UNNEST([
        STRUCT(TIMESTAMP '2025-11-04 07:59:59+00' AS moment, DATETIME '2025-11-03 23:59:59' AS local_time),
        STRUCT(TIMESTAMP '2025-11-04 08:00:00+00', DATETIME '2025-11-04 00:00:00'),
        STRUCT(TIMESTAMP '2025-03-09 09:59:59+00', DATETIME '2025-03-09 01:59:59'),
        STRUCT(TIMESTAMP '2025-03-09 10:00:00+00', DATETIME '2025-03-09 03:00:00'),
        STRUCT(TIMESTAMP '2025-11-02 08:30:00+00', DATETIME '2025-11-02 01:30:00'),
        STRUCT(TIMESTAMP '2025-11-02 09:30:00+00', DATETIME '2025-11-02 01:30:00'),
        STRUCT(TIMESTAMP '2024-03-01 07:59:59+00', DATETIME '2024-02-29 23:59:59'),
        STRUCT(TIMESTAMP '2026-01-01 07:59:59+00', DATETIME '2025-12-31 23:59:59'),
        STRUCT(CURRENT_TIMESTAMP(), CURRENT_DATETIME('America/Los_Angeles'))
      ]) AS e
  ),
  computed AS (
    SELECT
      FORMAT_TIMESTAMP('%F %T UTC', examples.moment) AS moment,
      FORMAT_DATETIME('%F %T', examples.local_time) AS expected,
      FORMAT_DATETIME('%F %T', DATETIME(examples.moment, 'America/Los_Angeles')) AS found,
      COALESCE(`eros_scheduling_brain.la_date`(examples.moment) = DATE(examples.local_time), FALSE) AS has_date,
      COALESCE(
        `eros_scheduling_brain.la_hour`(examples.moment) = EXTRACT(HOUR FROM examples.local_time), FALSE
      ) AS has_hour,
      COALESCE(
        `eros_scheduling_brain.la_dayofweek`(examples.moment) = EXTRACT(DAYOFWEEK FROM examples.local_time), FALSE
      ) AS has_weekday
    FROM examples
  )
SELECT
  CONCAT(
    computed.moment, ' is ', COALESCE(computed.found, 'NULL'), ' in Los Angeles, expected ', computed.expected,
    IF(computed.has_date, '', '; la_date differs'),
    IF(computed.has_hour, '', '; la_hour differs'),
    IF(computed.has_weekday, '', '; la_dayofweek differs')
  ) AS detail
FROM computed
WHERE COALESCE(computed.found, '') != computed.expected
  OR NOT computed.has_date
  OR NOT computed.has_hour
  OR NOT computed.has_weekday
