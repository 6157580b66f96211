-- The pool of each page: every available caption with a known price tier, and the standing rule, if any, that keeps
-- the page from sending it. The first rule that matches names it: ALLOWED_PROFILE, CATEGORY, PRICE_TIER,
-- PATTERN_HARD, INVENTORY. Rows without one are the eligible pool. Cooldown, locks and budgets depend on time and
-- are left to the selection.
-- One step for selection (one page) and pool counts (all pages), so that both always mean the same captions.
-- All names are compared without regard to case. A caption without category counts as category '', which no list
-- allows. General needs no content, so the inventory never excludes it. A pattern that is no regular expression
-- matches everything where it is HARD and nothing where it is SOFT.
-- Names that are no page names are passed over. A page that nobody knows has the whole pool.
-- Read by: scored_captions_of_pages_at, caption_pool_counts.
CREATE OR REPLACE TABLE FUNCTION `eros_scheduling_brain.page_caption_pool`(p_pages ARRAY<STRING>)
RETURNS TABLE<
  --: One of p_pages: lower case, trimmed; names that are no page names have no rows.
  page_name STRING,
  caption_id INT64,
  caption_text STRING,
  content_category STRING,
  price_tier STRING,
  has_urgency BOOL,
  --: premium, mid, budget or bump: the selection bucket of the price tier.
  bucket STRING,
  --: BUMP for the bump bucket, else PPV.
  scope STRING,
  --: Content category in lower case, trimmed; '' for none.
  category_key STRING,
  --: Price tier in lower case, trimmed.
  tier_key STRING,
  --: First standing rule that excludes it: ALLOWED_PROFILE, CATEGORY, PRICE_TIER, PATTERN_HARD, INVENTORY; or null.
  excluded_by STRING,
  --: Category, tier or pattern that the rule matched; null when eligible.
  rule_value STRING,
  --: Soft patterns that the text matches, in their order; null when none.
  soft_patterns ARRAY<STRING>
>
OPTIONS(description="Available captions of each page with the standing rule that excludes them, and the soft patterns they match.")
AS
SELECT
  c.page_name,
  c.caption_id,
  c.caption_text,
  c.content_category,
  c.price_tier,
  c.has_urgency,
  c.bucket,
  c.scope,
  c.category_key,
  c.tier_key,
  CASE
    WHEN c.misses_category OR c.misses_tier THEN 'ALLOWED_PROFILE'
    WHEN c.in_restricted_category THEN 'CATEGORY'
    WHEN c.in_restricted_tier THEN 'PRICE_TIER'
    WHEN c.hard_patterns[SAFE_OFFSET(0)] IS NOT NULL THEN 'PATTERN_HARD'
    WHEN c.lacks_content THEN 'INVENTORY'
  END AS excluded_by,
  CASE
    WHEN c.misses_category THEN c.content_category
    WHEN c.misses_tier THEN c.price_tier
    WHEN c.in_restricted_category THEN c.content_category
    WHEN c.in_restricted_tier THEN c.price_tier
    WHEN c.hard_patterns[SAFE_OFFSET(0)] IS NOT NULL THEN c.hard_patterns[SAFE_OFFSET(0)]
    WHEN c.lacks_content THEN c.content_category
  END AS rule_value,
  c.soft_patterns
FROM (
  WITH
    page AS (
      SELECT DISTINCT LOWER(TRIM(name)) AS page_name
      FROM UNNEST(p_pages) AS name
      WHERE `eros_scheduling_brain.validate_input`(LOWER(TRIM(name)), 100)
    ),
    caption AS (
      SELECT
        a.caption_id,
        a.caption_text,
        a.content_category,
        a.price_tier,
        a.has_urgency,
        `eros_scheduling_brain.price_bucket`(a.price_tier) AS bucket,
        IF(`eros_scheduling_brain.price_bucket`(a.price_tier) = 'bump', 'BUMP', 'PPV') AS scope,
        COALESCE(LOWER(TRIM(a.content_category)), '') AS category_key,
        LOWER(TRIM(a.price_tier)) AS tier_key
      FROM `eros_scheduling_brain.available_captions` AS a
      WHERE `eros_scheduling_brain.price_bucket`(a.price_tier) IS NOT NULL
    ),
    allowed AS (
      -- The lists of a page, one row a scope; an empty list allows all.
      SELECT
        p.page_name,
        'PPV' AS scope,
        ARRAY(SELECT LOWER(TRIM(category)) FROM UNNEST(p.ppv_allowed_categories) AS category) AS category_keys,
        ARRAY(SELECT LOWER(TRIM(tier)) FROM UNNEST(p.ppv_allowed_price_tiers) AS tier) AS tier_keys
      FROM `eros_scheduling_brain.creator_allowed_profile_v` AS p
      UNION ALL
      SELECT
        p.page_name,
        'BUMP' AS scope,
        ARRAY(SELECT LOWER(TRIM(category)) FROM UNNEST(p.bump_allowed_categories) AS category) AS category_keys,
        ARRAY(SELECT LOWER(TRIM(tier)) FROM UNNEST(p.bump_allowed_price_tiers) AS tier) AS tier_keys
      FROM `eros_scheduling_brain.creator_allowed_profile_v` AS p
    ),
    inventory AS (
      SELECT
        LOWER(TRIM(i.page_name)) AS page_name,
        ARRAY(SELECT LOWER(TRIM(category)) FROM UNNEST(i.available_categories) AS category) AS category_keys
      FROM `eros_scheduling_brain.creator_content_inventory` AS i
      WHERE TRUE
      QUALIFY ROW_NUMBER() OVER (
        PARTITION BY LOWER(TRIM(i.page_name)) ORDER BY i.inventory_date DESC, i.created_at DESC
      ) = 1
    ),
    matched AS (
      SELECT
        p.page_name,
        c.caption_id,
        ARRAY_AGG(IF(p.enforcement = 'HARD', p.pattern, NULL) IGNORE NULLS ORDER BY p.position) AS hard_patterns,
        ARRAY_AGG(IF(p.enforcement = 'SOFT', p.pattern, NULL) IGNORE NULLS ORDER BY p.position) AS soft_patterns
      FROM `eros_scheduling_brain.caption_restriction_patterns` AS p
      INNER JOIN page ON page.page_name = p.page_name
      CROSS JOIN caption AS c
      WHERE (
        p.applies_to_scope NOT IN ('PPV_ONLY', 'BUMP_ONLY')
        OR p.applies_to_scope = CONCAT(c.scope, '_ONLY')
      )
      AND COALESCE(SAFE.REGEXP_CONTAINS(c.caption_text, CONCAT('(?i)', p.pattern)), p.enforcement = 'HARD')
      GROUP BY p.page_name, c.caption_id
    )
  SELECT
    page.page_name,
    c.caption_id,
    c.caption_text,
    c.content_category,
    c.price_tier,
    c.has_urgency,
    c.bucket,
    c.scope,
    c.category_key,
    c.tier_key,
    ARRAY_LENGTH(allowed.category_keys) > 0 AND c.category_key NOT IN UNNEST(allowed.category_keys)
      AS misses_category,
    ARRAY_LENGTH(allowed.tier_keys) > 0 AND c.tier_key NOT IN UNNEST(allowed.tier_keys) AS misses_tier,
    c.category_key IN UNNEST(r.category_keys) AS in_restricted_category,
    c.tier_key IN UNNEST(r.tier_keys) AS in_restricted_tier,
    ARRAY_LENGTH(inventory.category_keys) > 0
      AND c.category_key != 'general'
      AND c.category_key NOT IN UNNEST(inventory.category_keys) AS lacks_content,
    matched.hard_patterns,
    matched.soft_patterns
  FROM page
  CROSS JOIN caption AS c
  LEFT JOIN allowed ON allowed.page_name = page.page_name AND allowed.scope = c.scope
  LEFT JOIN `eros_scheduling_brain.caption_restrictions_in_force` AS r
    ON r.page_name = page.page_name
    -- A scope that is neither of the two words restricts everything.
    AND (r.applies_to_scope NOT IN ('PPV_ONLY', 'BUMP_ONLY') OR r.applies_to_scope = CONCAT(c.scope, '_ONLY'))
  LEFT JOIN inventory ON inventory.page_name = page.page_name
  LEFT JOIN matched ON matched.page_name = page.page_name AND matched.caption_id = c.caption_id
) AS c;
