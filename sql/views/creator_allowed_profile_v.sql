-- The allowed profile that holds for each page: at most one row a page.
-- The newest row is taken first and only then asked whether it is active and switched on: switching a profile off
-- does not bring an older one back. Of two rows with the same times the inactive one wins.
-- Read by: caption selection, pool health, daily automation. Source: creator_allowed_profile.
CREATE OR REPLACE VIEW `eros_scheduling_brain.creator_allowed_profile_v`
OPTIONS(description="Allowed profile in force per page: the newest row, if it is active and switched on.")
AS
SELECT
  --: Page whose profile it is: lower case, trimmed; one row each.
  newest.page_name,
  newest.ppv_allowed_categories,
  newest.ppv_allowed_price_tiers,
  newest.bump_allowed_categories,
  newest.bump_allowed_price_tiers,
  --: Always TRUE: other profiles are left out.
  newest.is_active,
  --: Always TRUE: other profiles are left out.
  newest.feature_enabled,
  newest.created_at,
  newest.updated_at,
  newest.updated_by,
  newest.notes
FROM (
  SELECT
    LOWER(TRIM(p.page_name)) AS page_name,
    p.ppv_allowed_categories,
    p.ppv_allowed_price_tiers,
    p.bump_allowed_categories,
    p.bump_allowed_price_tiers,
    p.is_active,
    p.feature_enabled,
    p.created_at,
    p.updated_at,
    p.updated_by,
    p.notes,
    ROW_NUMBER() OVER (
      PARTITION BY LOWER(TRIM(p.page_name))
      ORDER BY p.updated_at DESC, p.created_at DESC, p.is_active, p.feature_enabled
    ) AS age_rank
  FROM `eros_scheduling_brain.creator_allowed_profile` AS p
) AS newest
WHERE newest.age_rank = 1 AND newest.is_active AND newest.feature_enabled;
