-- How many captions the weekly selection should offer a page: more for a large account, fewer for a tired
-- one.
-- At least 30. An unknown size counts as MEDIUM, an unknown risk as LOW.
CREATE OR REPLACE FUNCTION `eros_scheduling_brain.caption_target`(p_size_tier STRING, p_risk_level STRING)
RETURNS INT64
OPTIONS(description="Captions to select for a page by account size and saturation risk, at least 30.")
AS (
  GREATEST(
    30,
    CAST(
      FLOOR(
        CASE UPPER(TRIM(p_size_tier))
          WHEN 'MICRO' THEN 40
          WHEN 'NEW' THEN 40
          WHEN 'SMALL' THEN 60
          WHEN 'MEDIUM' THEN 80
          WHEN 'LARGE' THEN 100
          WHEN 'MEGA' THEN 140
          WHEN 'XL' THEN 140
          ELSE 80
        END
        * CASE UPPER(TRIM(p_risk_level))
          WHEN 'MEDIUM' THEN 0.85
          WHEN 'MODERATE' THEN 0.85
          WHEN 'HIGH' THEN 0.70
          WHEN 'CRITICAL' THEN 0.55
          ELSE 1.0
        END
        -- 60 * 0.85 is a hair below 51 in binary; the allowance keeps such products whole.
        + 1e-9
      ) AS INT64
    )
  )
);
