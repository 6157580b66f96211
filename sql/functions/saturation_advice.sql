-- What the findings about the saturation of a page mean: score, risk and what to do about the volume.
-- score = weight of the size tier (views fall by more than 15 % on average) + 0.4 (rpr falls by more than 20 %)
--       + 0.2 (rpr lies more than 20 % low on three or more days running).
-- Without data (INSUFFICIENT_DATA) everything is neutral, whatever half of it could be computed; in a headwind of
-- the whole platform the risk is LOW and nothing is cut. A tier that is null or unknown weighs as MEDIUM.
-- Read by: calculate_saturation_score, performance_reports.
CREATE OR REPLACE FUNCTION `eros_scheduling_brain.saturation_advice`(
  p_size_tier STRING,
  p_exclusion_reason STRING,
  p_view_rate_deviation FLOAT64,
  p_rpr_deviation FLOAT64,
  p_run_days INT64,
  p_confidence FLOAT64
)
RETURNS STRUCT<
  saturation_score FLOAT64,
  risk_level STRING,
  unlock_rate_deviation FLOAT64,
  emv_deviation FLOAT64,
  consecutive_underperform_days INT64,
  recommended_action STRING,
  volume_adjustment_factor FLOAT64,
  confidence_score FLOAT64
>
OPTIONS(description="Saturation score, risk level and volume advice from the findings about a page and its size tier.")
AS ((
  SELECT
    STRUCT(
      c.score AS saturation_score,
      c.risk_level AS risk_level,
      IF(c.has_data, ROUND(p_view_rate_deviation, 4), 0.0) AS unlock_rate_deviation,
      IF(c.has_data, ROUND(p_rpr_deviation, 4), 0.0) AS emv_deviation,
      IF(c.has_data, p_run_days, 0) AS consecutive_underperform_days,
      CASE c.risk_level
        WHEN 'HIGH' THEN 'CUT VOLUME 30%'
        WHEN 'MEDIUM' THEN 'CUT VOLUME 15%'
        ELSE 'NO CHANGE'
      END AS recommended_action,
      CASE c.risk_level WHEN 'HIGH' THEN 0.70 WHEN 'MEDIUM' THEN 0.85 ELSE 1.0 END AS volume_adjustment_factor,
      IF(c.has_data, ROUND(p_confidence, 6), 0.0) AS confidence_score
    )
  FROM (
    SELECT
      s.has_data,
      s.score,
      CASE
        WHEN p_exclusion_reason = 'PLATFORM_HEADWIND' THEN 'LOW'
        WHEN s.score >= 0.6 THEN 'HIGH'
        WHEN s.score >= 0.3 THEN 'MEDIUM'
        ELSE 'LOW'
      END AS risk_level
    FROM (
      SELECT
        COALESCE(p_exclusion_reason, '') != 'INSUFFICIENT_DATA' AS has_data,
        IF(
          COALESCE(p_exclusion_reason, '') = 'INSUFFICIENT_DATA',
          0.0,
          ROUND(
            CASE UPPER(TRIM(p_size_tier))
              WHEN 'MEGA' THEN 0.30
              WHEN 'XL' THEN 0.30
              WHEN 'LARGE' THEN 0.25
              WHEN 'SMALL' THEN 0.15
              WHEN 'MICRO' THEN 0.15
              ELSE 0.20
            END * IF(p_view_rate_deviation < -0.15, 1, 0)
              + 0.4 * IF(p_rpr_deviation < -0.20, 1, 0)
              + 0.2 * IF(p_run_days >= 3, 1, 0),
            4
          )
        ) AS score
    ) AS s
  ) AS c
));
