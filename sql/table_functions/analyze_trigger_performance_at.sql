-- Which psychological triggers sell on one page: each trigger against the rest of its captioned messages; see
-- trigger_performance_at for the rules.
-- Source: trigger_performance.
CREATE OR REPLACE TABLE FUNCTION `eros_scheduling_brain.analyze_trigger_performance_at`(
  p_page_name STRING,
  p_lookback_days INT64,
  p_now TIMESTAMP
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
  trigger.psychological_trigger,
  trigger.msg_count,
  trigger.avg_rpr,
  trigger.avg_conv,
  trigger.rpr_lift_pct,
  trigger.conv_lift_pct,
  trigger.conv_stat_sig,
  trigger.rpr_stat_sig,
  trigger.conv_ci
FROM `eros_scheduling_brain.trigger_performance_at`([p_page_name], p_lookback_days, p_now) AS trigger;
