-- analyze_saturation_status_at at the present moment, for people and reports; the rules stand there.
CREATE OR REPLACE TABLE FUNCTION `eros_scheduling_brain.analyze_saturation_status`(
  p_page_name STRING
)
RETURNS TABLE<
  size_tier STRING,
  saturation_score FLOAT64,
  risk_level STRING,
  zone STRING,
  recommended_action STRING,
  volume_adjustment_factor FLOAT64,
  confidence_score FLOAT64,
  exclusion_reason STRING
>
OPTIONS(description="Size tier, saturation score, risk and zone (GREEN, YELLOW, RED) of a page; always one row.")
AS
SELECT
  r.size_tier,
  r.saturation_score,
  r.risk_level,
  r.zone,
  r.recommended_action,
  r.volume_adjustment_factor,
  r.confidence_score,
  r.exclusion_reason
FROM `eros_scheduling_brain.analyze_saturation_status_at`(p_page_name, CURRENT_TIMESTAMP()) AS r;
