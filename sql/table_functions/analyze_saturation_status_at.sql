-- The saturation of a page in one row for the schedule builder: size, score, and the zone that sets the volume.
-- The zone follows the risk level alone (LOW GREEN, MEDIUM YELLOW, HIGH RED): one signal means the same on every
-- size of page. A page without data counts as MEDIUM and GREEN with exclusion_reason INSUFFICIENT_DATA.
-- Read by: schedule builder, reports. Source: account_sizes, saturation_findings, saturation_advice.
CREATE OR REPLACE TABLE FUNCTION `eros_scheduling_brain.analyze_saturation_status_at`(
  p_page_name STRING,
  p_now TIMESTAMP
)
RETURNS TABLE<
  --: Account size tier by 90 days of revenue; MEDIUM for a page without viewed messages.
  size_tier STRING,
  --: 0 (no sign) to 0.9: tier weight for falling views + 0.4 for falling rpr + 0.2 for a weak run; 0 without data.
  saturation_score FLOAT64,
  --: HIGH from a score of 0.6, MEDIUM from 0.3, else LOW; LOW in a headwind of the whole platform.
  risk_level STRING,
  --: RED, YELLOW or GREEN for a risk_level of HIGH, MEDIUM or LOW.
  zone STRING,
  --: CUT VOLUME 30%, CUT VOLUME 15% or NO CHANGE, by risk_level.
  recommended_action STRING,
  --: Factor on the number of messages, by risk_level: 0.70, 0.85 or 1.0.
  volume_adjustment_factor FLOAT64,
  --: 0 to 1: grows with the days evaluated (of 7) and the baseline days (of 30); 0 without data.
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
