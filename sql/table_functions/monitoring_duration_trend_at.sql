-- Whether the jobs get slower: durations of 30 days, and those of the last seven against the rest.
-- Runs that ended well only: how long a failed one took says nothing about the work.
-- Read by: monitoring_duration_trend. Source: etl_job_runs.
CREATE OR REPLACE TABLE FUNCTION `eros_scheduling_brain.monitoring_duration_trend_at`(p_now TIMESTAMP)
RETURNS TABLE<
  --: Job with a run in the 30 days before p_now, however it ended; one row each.
  job_name STRING,
  --: Of its runs, those that ended SUCCESS, COMPLETED_WITH_ERRORS or COMPLETED_NO_WORK: all figures are of these.
  runs INT64,
  --: Mean duration in seconds; null without such a run.
  avg_seconds FLOAT64,
  --: Shortest duration in seconds; null without such a run.
  min_seconds FLOAT64,
  --: Longest duration in seconds; null without such a run.
  max_seconds FLOAT64,
  --: Standard deviation (of a sample) in seconds; null with fewer than two runs.
  stddev_seconds FLOAT64,
  --: Mean duration of the last 7 days in seconds; null without such a run in them.
  avg_seconds_7d FLOAT64,
  --: How much longer that is than the mean of the 23 days before, in percent; null when either is missing or that is 0.
  change_pct FLOAT64
>
OPTIONS(description="Durations of each job over 30 days, and how far the last 7 days differ from the 23 before.")
AS
SELECT
  j.job_name,
  COUNT(j.seconds) AS runs,
  AVG(j.seconds) AS avg_seconds,
  MIN(j.seconds) AS min_seconds,
  MAX(j.seconds) AS max_seconds,
  STDDEV_SAMP(j.seconds) AS stddev_seconds,
  AVG(IF(j.is_recent, j.seconds, NULL)) AS avg_seconds_7d,
  SAFE_DIVIDE(
    100 * (AVG(IF(j.is_recent, j.seconds, NULL)) - AVG(IF(j.is_recent, NULL, j.seconds))),
    AVG(IF(j.is_recent, NULL, j.seconds))
  ) AS change_pct
FROM (
  SELECT
    run.job_name,
    run.job_start_time > TIMESTAMP_SUB(p_now, INTERVAL 7 DAY) AS is_recent,
    IF(
      run.job_status IN ('SUCCESS', 'COMPLETED_WITH_ERRORS', 'COMPLETED_NO_WORK'), run.job_duration_seconds, NULL
    ) AS seconds
  FROM `eros_scheduling_brain.etl_job_runs` AS run
  WHERE run.job_start_time > TIMESTAMP_SUB(p_now, INTERVAL 30 DAY)
    AND run.job_start_time <= p_now
) AS j
GROUP BY j.job_name;
