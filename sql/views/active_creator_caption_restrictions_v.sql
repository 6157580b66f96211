-- The caption restriction that holds for each page: at most one row a page.
-- The newest version is taken first and only then asked whether it is active: after a restriction is lifted an
-- older active version does not come back. Of two rows with the same version and time the inactive one wins.
-- Read by: caption selection, pool health, daily automation. Source: creator_caption_restrictions.
CREATE OR REPLACE VIEW `eros_scheduling_brain.active_creator_caption_restrictions_v`
OPTIONS(description="Caption restriction in force per page: the newest version, if it is active.")
AS
SELECT
  --: Restricted page: lower case, trimmed; one row each.
  newest.page_name,
  --: PPV_ONLY, BUMP_ONLY or ALL, in upper case; ALL where the table has null. Any other word restricts like ALL.
  COALESCE(UPPER(TRIM(newest.applies_to_scope)), 'ALL') AS applies_to_scope,
  --: Fewest paid captions that must be left; 200 where the table has null.
  COALESCE(newest.min_ppv_pool, 200) AS min_ppv_pool,
  --: Fewest bump captions that must be left; 50 where the table has null.
  COALESCE(newest.min_bump_pool, 50) AS min_bump_pool,
  newest.hard_patterns,
  newest.soft_patterns,
  newest.restricted_categories,
  newest.restricted_price_tiers
FROM (
  SELECT
    LOWER(TRIM(r.page_name)) AS page_name,
    r.applies_to_scope,
    r.min_ppv_pool,
    r.min_bump_pool,
    r.hard_patterns,
    r.soft_patterns,
    r.restricted_categories,
    r.restricted_price_tiers,
    r.is_active,
    ROW_NUMBER() OVER (
      PARTITION BY LOWER(TRIM(r.page_name))
      ORDER BY r.version DESC, r.updated_at DESC, r.is_active
    ) AS age_rank
  FROM `eros_scheduling_brain.creator_caption_restrictions` AS r
) AS newest
WHERE newest.age_rank = 1 AND newest.is_active;
