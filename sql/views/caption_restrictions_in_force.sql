-- The caption restrictions that are applied now: those in force, unless the flag caption_restrictions_enabled is off.
-- A missing flag is on, and of two flag rows with the same time the one that is on wins: restrictions protect
-- creators, so doubt is decided in their favour. Lists are ready to compare: lower case, trimmed.
-- A minimum pool is null where the restriction does not reach: of bumps under PPV_ONLY, of PPVs under BUMP_ONLY.
-- Read by: caption_restriction_patterns, page_caption_pool, caption_pool_counts,
-- scored_captions_of_pages_at, select_captions_for_creators_at.
CREATE OR REPLACE VIEW `eros_scheduling_brain.caption_restrictions_in_force`
OPTIONS(description="Caption restriction applied to each page, with comparable lists and the minimum pools that hold.")
AS
SELECT
  r.page_name,
  r.applies_to_scope,
  --: Fewest paid captions that must be left; null where the restriction is BUMP_ONLY: no minimum.
  IF(r.applies_to_scope = 'BUMP_ONLY', NULL, r.min_ppv_pool) AS min_ppv_pool,
  --: Fewest bump captions that must be left; null where the restriction is PPV_ONLY: no minimum.
  IF(r.applies_to_scope = 'PPV_ONLY', NULL, r.min_bump_pool) AS min_bump_pool,
  r.hard_patterns,
  r.soft_patterns,
  --: Content categories that are never selected, lower case and trimmed; empty when none.
  ARRAY(SELECT LOWER(TRIM(category)) FROM UNNEST(r.restricted_categories) AS category) AS category_keys,
  --: Price tiers that are never selected, lower case and trimmed; empty when none.
  ARRAY(SELECT LOWER(TRIM(tier)) FROM UNNEST(r.restricted_price_tiers) AS tier) AS tier_keys
FROM `eros_scheduling_brain.active_creator_caption_restrictions_v` AS r
WHERE COALESCE(
  (
    SELECT f.is_enabled
    FROM `eros_scheduling_brain.feature_flags` AS f
    WHERE f.flag = 'caption_restrictions_enabled'
    ORDER BY f.updated_at DESC, f.is_enabled DESC
    LIMIT 1
  ),
  TRUE
);
