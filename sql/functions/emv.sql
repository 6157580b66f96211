-- Expected monetary value of a message: the share of viewers who bought, times the earnings.
-- It counts buyers twice and grows with the audience; kept in this one place because reports know it.
-- What counts as a success is decided by revenue per recipient, not by this figure.
CREATE OR REPLACE FUNCTION `eros_scheduling_brain.emv`(
  p_purchased_count INT64,
  p_viewed_count INT64,
  p_earnings FLOAT64
)
RETURNS FLOAT64
OPTIONS(description="Purchases per view times earnings in US dollars; 0 without views, nulls count as 0.")
AS (
  COALESCE(SAFE_DIVIDE(COALESCE(p_purchased_count, 0), COALESCE(p_viewed_count, 0)), 0)
    * COALESCE(p_earnings, 0)
);
