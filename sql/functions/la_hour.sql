-- The business hour of an instant: its hour on the Los Angeles clock.
CREATE OR REPLACE FUNCTION `eros_scheduling_brain.la_hour`(p_instant TIMESTAMP)
RETURNS INT64
OPTIONS(description="Hour of an instant on the Los Angeles clock, 0 to 23.")
AS (EXTRACT(HOUR FROM p_instant AT TIME ZONE 'America/Los_Angeles'));
