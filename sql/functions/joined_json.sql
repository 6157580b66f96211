-- Two JSON objects as one: the members of the first, then those of the second. Both have at least one member.
-- Used where the halves of a report come from two statements.
CREATE OR REPLACE FUNCTION `eros_scheduling_brain.joined_json`(p_first STRING, p_second STRING)
RETURNS STRING
OPTIONS(description="Joins two JSON objects, each with at least one member, into one.")
AS (CONCAT(SUBSTR(p_first, 1, LENGTH(p_first) - 1), ',', SUBSTR(p_second, 2)));
