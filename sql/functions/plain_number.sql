-- A number as people write it: no decimals where there are none, else two; never for null.
CREATE OR REPLACE FUNCTION `eros_scheduling_brain.plain_number`(p_value FLOAT64)
RETURNS STRING
OPTIONS(description="The number as text with at most two decimals; never for null.")
AS (
  CASE
    WHEN p_value IS NULL THEN 'never'
    WHEN ABS(p_value) < 1e15 AND ROUND(p_value, 2) = TRUNC(p_value) THEN CAST(CAST(p_value AS INT64) AS STRING)
    ELSE CAST(ROUND(p_value, 2) AS STRING)
  END
);
