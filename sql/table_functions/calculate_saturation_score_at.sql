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
  --: 0 (no sign) to 0.9: tier weight for falling views + 0.4 for falling rpr + 0.2 for a weak run; 0 without data.
  saturation_score FLOAT64,
  --: HIGH from a score of 0.6, MEDIUM from 0.3, else LOW; LOW in a headwind of the whole platform.
  risk_level STRING,
  --: Mean deviation of the view rate from its baseline as a fraction, 4 decimals: -0.175 is 17.5 % low; 0 without data,
  --: null when no day compares.
  unlock_rate_deviation FLOAT64,
  --: The same of revenue per recipient of PPV messages; the name is the one its readers know.
  emv_deviation FLOAT64,
  --: Most consecutive days with rpr more than 20 % low, of the last 7; 0 without data.
  consecutive_underperform_days INT64,
  --: CUT VOLUME 30%, CUT VOLUME 15% or NO CHANGE, by risk_level.
  recommended_action STRING,
  --: Factor on the number of messages, by risk_level: 0.70, 0.85 or 1.0.
  volume_adjustment_factor FLOAT64,
  --: 0 to 1: grows with the days evaluated (of 7) and the baseline days (of 30); 0 without data.
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
