-- Which content config/holidays.yaml and config/flags.yaml were deployed with, as one short hash: the same rows give
-- the same hash, in whatever order the files list them.
-- Read by: dispatch_state_at and apply_reference_data_at, to know whether this content has been applied.
CREATE OR REPLACE VIEW `eros_scheduling_brain.reference_data_digest`
OPTIONS(
  description="Hash of the declared holidays and flags, always one row.",
  labels=[("system", "eros"), ("component", "reference_data")]
)
AS
SELECT
  --: The first 12 hexadecimal digits of SHA-256 over the sorted rows of both files.
  SUBSTR(TO_HEX(SHA256(COALESCE(STRING_AGG(entry.line, '\n' ORDER BY entry.line), ''))), 1, 12) AS digest
FROM (
  SELECT TO_JSON_STRING(holiday) AS line
  FROM `eros_scheduling_brain.declared_holidays` AS holiday
  UNION ALL
  SELECT TO_JSON_STRING(flag) AS line
  FROM `eros_scheduling_brain.declared_flags` AS flag
) AS entry;
