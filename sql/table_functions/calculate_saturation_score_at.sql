-- Is a page sending more than its fans will take? Score, risk and volume advice for one page. Always one row.
-- See saturation_findings_at for what is compared with what, and saturation_advice for how it is weighed.
-- emv_deviation is the deviation of rpr; the name is the one its readers know.
-- Read by: analyze_saturation_status. Source: saturation_findings.
CREATE OR REPLACE TABLE FUNCTION `eros_scheduling_brain.calculate_saturation_score_at`(
  p_page_name STRING,
  p_account_size_tier STRING,
  p_now TIMESTAMP
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
  c.advice.saturation_score,
  c.advice.risk_level,
  c.advice.unlock_rate_deviation,
  c.advice.emv_deviation,
  c.advice.consecutive_underperform_days,
  c.advice.recommended_action,
  c.advice.volume_adjustment_factor,
  c.advice.confidence_score,
  c.exclusion_reason
FROM (
  SELECT
    finding.exclusion_reason,
    `eros_scheduling_brain.saturation_advice`(
      p_account_size_tier, finding.exclusion_reason, finding.view_rate_deviation, finding.rpr_deviation,
      finding.run_days, finding.confidence
    ) AS advice
  FROM `eros_scheduling_brain.saturation_findings_at`([p_page_name], p_now) AS finding
) AS c;
