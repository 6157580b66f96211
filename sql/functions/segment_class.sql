-- What a behavioural segment means for prices. The analysis and the callers name segments differently;
-- this is the one mapping. An unknown or null segment is neutral.
CREATE OR REPLACE FUNCTION `eros_scheduling_brain.segment_class`(p_segment STRING)
RETURNS STRING
OPTIONS(description="HIGH_VALUE, BUDGET_CONSCIOUS or NEUTRAL for a behavioural segment. Ignores case.")
AS (
  CASE
    WHEN UPPER(TRIM(p_segment)) IN ('PREMIUM', 'LUXURY', 'HIGH-VALUE', 'PRICE-INSENSITIVE') THEN 'HIGH_VALUE'
    WHEN UPPER(TRIM(p_segment)) IN ('BUDGET', 'BUDGET-CONSCIOUS') THEN 'BUDGET_CONSCIOUS'
    ELSE 'NEUTRAL'
  END
);
