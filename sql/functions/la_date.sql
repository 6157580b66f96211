-- The business day of an instant: its calendar date in Los Angeles.
CREATE OR REPLACE FUNCTION `eros_scheduling_brain.la_date`(p_instant TIMESTAMP)
RETURNS DATE
OPTIONS(description="Calendar date of an instant in Los Angeles.")
AS (DATE(p_instant, 'America/Los_Angeles'));
