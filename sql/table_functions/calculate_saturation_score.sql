-- calculate_saturation_score_at at the present moment, for people and reports; the rules stand there.
CREATE OR REPLACE TABLE FUNCTION `eros_scheduling_brain.calculate_saturation_score`(
  p_page_name STRING,
  p_account_size_tier STRING
)
RETURNS TABLE<
  saturation_score FLOAT64,
  risk_level STRING,
  unlock_rate_deviation FLOAT64,
  emv_deviation FLOAT64,
  consecutive_underperform_days INT64,
  recommended_action STRING,
  volume_adjustment_factor FLOAT64,
  confidence_score FLOAT64,
  exclusion_reason STRING
>
OPTIONS(description="Saturation of a page: the last 7 complete days against its weekday baseline; score, risk and volume advice, always one row.")
AS
SELECT
  r.saturation_score,
  r.risk_level,
  r.unlock_rate_deviation,
  r.emv_deviation,
  r.consecutive_underperform_days,
  r.recommended_action,
  r.volume_adjustment_factor,
  r.confidence_score,
  r.exclusion_reason
FROM `eros_scheduling_brain.calculate_saturation_score_at`(p_page_name, p_account_size_tier, CURRENT_TIMESTAMP()) AS r;
