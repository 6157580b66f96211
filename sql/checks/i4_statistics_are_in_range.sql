-- The statistics of captions are possible ones: bounds between 0 and 1 and in order, counts that begin at 1 and add up
-- to the observations, a percentile from 0 to 100.
-- When it fails: eros schedules -s STACK run update_caption_performance computes every row anew; if it fails again, the
-- function or procedure is wrong: eros refresh -s STACK, then eros up -s STACK.
SELECT
  CONCAT(
    'page ', s.page_name, ', caption ', CAST(s.caption_id AS STRING), ': ',
    COALESCE(CAST(s.successes AS STRING), 'NULL'), ' successes, ', COALESCE(CAST(s.failures AS STRING), 'NULL'),
    ' failures, ', COALESCE(CAST(s.total_observations AS STRING), 'NULL'), ' observations, bounds ',
    COALESCE(CAST(s.confidence_lower_bound AS STRING), 'NULL'), ' to ',
    COALESCE(CAST(s.confidence_upper_bound AS STRING), 'NULL'), ', percentile ',
    COALESCE(CAST(s.performance_percentile AS STRING), 'NULL')
  ) AS detail
FROM `eros_scheduling_brain.caption_bandit_stats` AS s
WHERE NOT COALESCE(
  s.successes >= 1
  AND s.failures >= 1
  AND s.successes + s.failures = s.total_observations + 2
  AND 0 <= s.confidence_lower_bound
  AND s.confidence_lower_bound <= s.confidence_upper_bound
  AND s.confidence_upper_bound <= 1
  AND s.performance_percentile BETWEEN 0 AND 100,
  FALSE
)
