-- How many captions each page has to choose from, before and after its rules: two rows a page, PPV and BUMP, also
-- when there is nothing to count. pool_eligible is the denominator of the saturation of a page.
-- min_pool is null where no minimum holds: without a restriction in force, or outside its scope. The minimum is
-- compared after allowed profile and hard rules, before the inventory.
-- Takes all pages at once, because the bank is read and keyed once a call.
-- Read by: daily automation, pool health, select_captions_for_creator_at.
CREATE OR REPLACE TABLE FUNCTION `eros_scheduling_brain.caption_pool_counts`(p_pages ARRAY<STRING>)
RETURNS TABLE<
  --: One of p_pages: lower case, trimmed; two rows each.
  page_name STRING,
  --: PPV (paid captions) or BUMP.
  scope STRING,
  --: Available captions of the scope, before the page's rules.
  pool_total INT64,
  --: Of those, what allowed profile, restricted categories and tiers, and hard patterns leave.
  pool_after_hard INT64,
  --: Of those, what the page's content inventory leaves too.
  pool_eligible INT64,
  --: Fewest captions that pool_after_hard must hold; null where no minimum holds.
  min_pool INT64,
  --: TRUE when pool_after_hard is below min_pool: nothing may be selected.
  is_below_minimum BOOL
>
OPTIONS(description="Captions of each page and scope: in all, after profile and hard rules, eligible, and the minimum that must be left.")
AS
SELECT
  c.page_name,
  c.scope,
  c.pool_total,
  c.pool_after_hard,
  c.pool_eligible,
  c.min_pool,
  COALESCE(c.pool_after_hard < c.min_pool, FALSE) AS is_below_minimum
FROM (
  WITH
    page_scope AS (
      SELECT DISTINCT LOWER(TRIM(name)) AS page_name, scope AS scope
      FROM UNNEST(p_pages) AS name
      CROSS JOIN UNNEST(['PPV', 'BUMP']) AS scope
      WHERE `eros_scheduling_brain.validate_input`(LOWER(TRIM(name)), 100)
    ),
    counted AS (
      SELECT
        p.page_name,
        p.scope,
        COUNT(*) AS pool_total,
        COUNTIF(p.excluded_by IS NULL OR p.excluded_by = 'INVENTORY') AS pool_after_hard,
        COUNTIF(p.excluded_by IS NULL) AS pool_eligible
      FROM `eros_scheduling_brain.page_caption_pool`(p_pages) AS p
      GROUP BY p.page_name, p.scope
    )
  SELECT
    page_scope.page_name,
    page_scope.scope,
    COALESCE(counted.pool_total, 0) AS pool_total,
    COALESCE(counted.pool_after_hard, 0) AS pool_after_hard,
    COALESCE(counted.pool_eligible, 0) AS pool_eligible,
    IF(page_scope.scope = 'PPV', r.min_ppv_pool, r.min_bump_pool) AS min_pool
  FROM page_scope
  LEFT JOIN counted ON counted.page_name = page_scope.page_name AND counted.scope = page_scope.scope
  LEFT JOIN `eros_scheduling_brain.caption_restrictions_in_force` AS r ON r.page_name = page_scope.page_name
) AS c;
