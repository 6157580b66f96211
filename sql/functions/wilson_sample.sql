-- A random point of the Wilson interval, uniform between its ends. Kept for its callers;
-- the selection draws from the Beta distribution instead (beta_sample).
CREATE OR REPLACE FUNCTION `eros_scheduling_brain.wilson_sample`(p_s INT64, p_f INT64)
RETURNS FLOAT64
OPTIONS(description="Random point of the Wilson interval of successes and failures; a new one for each row.")
AS (`eros_scheduling_brain.wilson_point`(p_s, p_f, RAND()));
