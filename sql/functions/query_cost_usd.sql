-- What BigQuery charges for billed bytes on demand: $6.25 for a TiB of 2^40 bytes, without the TiB a month that is free
-- (cloud.google.com/bigquery/pricing). The one place of SQL that knows the price; eros cost has the same by default.
-- Read by: cost_report_at.
CREATE OR REPLACE FUNCTION `eros_scheduling_brain.query_cost_usd`(p_bytes FLOAT64)
RETURNS FLOAT64
OPTIONS(description="US dollars that billed bytes cost on demand, $6.25 for a TiB.")
AS (
  COALESCE(p_bytes, 0) / POW(2, 40) * 6.25
);
