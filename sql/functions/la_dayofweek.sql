-- The business weekday of an instant: its weekday in Los Angeles.
CREATE OR REPLACE FUNCTION `eros_scheduling_brain.la_dayofweek`(p_instant TIMESTAMP)
RETURNS INT64
OPTIONS(description="Weekday of an instant in Los Angeles, 1 (Sunday) to 7 (Saturday).")
AS (EXTRACT(DAYOFWEEK FROM p_instant AT TIME ZONE 'America/Los_Angeles'));
