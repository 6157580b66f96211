-- analyze_trigger_performance_at at the present moment, for people and reports; the rules stand there.
CREATE OR REPLACE TABLE FUNCTION `eros_scheduling_brain.analyze_trigger_performance`(
  p_page_name STRING,
  p_lookback_days INT64
)
RETURNS TABLE<
  psychological_trigger STRING,
  msg_count INT64,
  avg_rpr FLOAT64,
  avg_conv FLOAT64,
  rpr_lift_pct FLOAT64,
  conv_lift_pct FLOAT64,
  conv_stat_sig BOOL,
  rpr_stat_sig BOOL,
  conv_ci STRUCT<lower FLOAT64, upper FLOAT64>
>
OPTIONS(description="RPR and conversion of each psychological trigger of a page against its other captioned PPV messages, with significance.")
AS
SELECT
  r.psychological_trigger,
  r.msg_count,
  r.avg_rpr,
  r.avg_conv,
  r.rpr_lift_pct,
  r.conv_lift_pct,
  r.conv_stat_sig,
  r.rpr_stat_sig,
  r.conv_ci
FROM `eros_scheduling_brain.analyze_trigger_performance_at`(p_page_name, p_lookback_days, CURRENT_TIMESTAMP()) AS r;
