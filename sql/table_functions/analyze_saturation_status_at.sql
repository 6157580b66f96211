-- The saturation of a page in one row for the schedule builder: size, score, and the zone that sets the volume.
-- The zone follows the risk level alone (LOW GREEN, MEDIUM YELLOW, HIGH RED): one signal means the same on every
-- size of page. A page without data counts as MEDIUM and GREEN with exclusion_reason INSUFFICIENT_DATA.
-- Read by: schedule builder, reports. Source: account_sizes, saturation_findings, saturation_advice.
CREATE OR REPLACE TABLE FUNCTION `eros_scheduling_brain.analyze_saturation_status_at`(
  p_page_name STRING,
  p_now TIMESTAMP
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
  c.size_tier,
  c.advice.saturation_score,
  c.advice.risk_level,
  CASE c.advice.risk_level WHEN 'HIGH' THEN 'RED' WHEN 'MEDIUM' THEN 'YELLOW' ELSE 'GREEN' END AS zone,
  c.advice.recommended_action,
  c.advice.volume_adjustment_factor,
  c.advice.confidence_score,
  c.exclusion_reason
FROM (
  SELECT
    COALESCE(size.size_tier, 'MEDIUM') AS size_tier,
    finding.exclusion_reason,
    `eros_scheduling_brain.saturation_advice`(
      COALESCE(size.size_tier, 'MEDIUM'), finding.exclusion_reason, finding.view_rate_deviation,
      finding.rpr_deviation, finding.run_days, finding.confidence
    ) AS advice
  FROM `eros_scheduling_brain.saturation_findings_at`([p_page_name], p_now) AS finding
  LEFT JOIN `eros_scheduling_brain.account_sizes_at`([p_page_name], 90, p_now) AS size
    ON size.page_name = finding.page_name
) AS c;
