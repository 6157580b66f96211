-- Which weekdays sell on one page: each Los Angeles weekday against the other days of the window; see
-- day_patterns_at for the rules.
-- Source: day_patterns.
CREATE OR REPLACE TABLE FUNCTION `eros_scheduling_brain.analyze_day_patterns_at`(
  p_page_name STRING,
  p_lookback_days INT64,
  p_now TIMESTAMP
)
RETURNS TABLE<
  day_of_week_la INT64,
  n INT64,
  avg_rpr FLOAT64,
  avg_conv FLOAT64,
  t_rpr_approx FLOAT64,
  rpr_stat_sig BOOL
>
OPTIONS(description="RPR and conversion of a page per Los Angeles weekday (1 = Sunday), each tested against the other weekdays.")
AS
SELECT
  weekday.day_of_week_la,
  weekday.n,
  weekday.avg_rpr,
  weekday.avg_conv,
  weekday.t_rpr_approx,
  weekday.rpr_stat_sig
FROM `eros_scheduling_brain.day_patterns_at`([p_page_name], p_lookback_days, p_now) AS weekday;
