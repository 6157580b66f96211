-- The selection bucket of a price tier. A tier that nobody knows has no bucket and is never selected.
CREATE OR REPLACE FUNCTION `eros_scheduling_brain.price_bucket`(p_tier STRING)
RETURNS STRING
OPTIONS(description="Bucket of a price tier: bump, budget, mid or premium; null when unknown. Ignores case.")
AS (
  CASE
    WHEN LOWER(TRIM(p_tier)) IN ('bump', 'free') THEN 'bump'
    WHEN LOWER(TRIM(p_tier)) IN ('low', 'budget') THEN 'budget'
    WHEN LOWER(TRIM(p_tier)) IN ('mid', 'standard') THEN 'mid'
    WHEN LOWER(TRIM(p_tier)) IN ('high', 'premium', 'luxury', 'vip') THEN 'premium'
  END
);
