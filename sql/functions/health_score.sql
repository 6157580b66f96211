-- The health score: 100, less 5 for each check that warns and 20 for each that is critical or could not be measured, 0 at
-- least. Called by run_health_check_at and `eros health`.
CREATE OR REPLACE FUNCTION `eros_scheduling_brain.health_score`(p_warnings INT64, p_critical INT64)
RETURNS INT64
OPTIONS(description="100 - 5 a warning - 20 a critical or unknown check, 0 at least.")
AS (
  GREATEST(0, 100 - 5 * p_warnings - 20 * p_critical)
);
