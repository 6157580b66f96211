-- The saturation of a page in one row for the schedule builder: size, score, and the zone that sets the volume.
-- The zone follows the risk level alone (LOW GREEN, MEDIUM YELLOW, HIGH RED): one signal means the same on every
-- size of page. A page without data counts as MEDIUM and GREEN with exclusion_reason INSUFFICIENT_DATA.
-- Read by: schedule builder, reports. Source: classify_account_size, calculate_saturation_score.
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
  COALESCE(
    (SELECT a.size_tier FROM `eros_scheduling_brain.classify_account_size_at`(p_page_name, 90, p_now) AS a),
    'MEDIUM'
  ) AS size_tier,
  s.saturation_score,
  s.risk_level,
  CASE s.risk_level WHEN 'HIGH' THEN 'RED' WHEN 'MEDIUM' THEN 'YELLOW' ELSE 'GREEN' END AS zone,
  s.recommended_action,
  s.volume_adjustment_factor,
  s.confidence_score,
  s.exclusion_reason
FROM `eros_scheduling_brain.calculate_saturation_score_at`(
  p_page_name,
  COALESCE(
    (SELECT a.size_tier FROM `eros_scheduling_brain.classify_account_size_at`(p_page_name, 90, p_now) AS a),
    'MEDIUM'
  ),
  p_now
) AS s;
