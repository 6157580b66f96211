-- analyze_day_patterns_at at the present moment, for people and reports; the rules stand there.
CREATE OR REPLACE TABLE FUNCTION `eros_scheduling_brain.analyze_day_patterns`(
  p_page_name STRING,
  p_lookback_days INT64
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
  r.day_of_week_la,
  r.n,
  r.avg_rpr,
  r.avg_conv,
  r.t_rpr_approx,
  r.rpr_stat_sig
FROM `eros_scheduling_brain.analyze_day_patterns_at`(p_page_name, p_lookback_days, CURRENT_TIMESTAMP()) AS r;
