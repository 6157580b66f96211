-- Every caption of the pool of each page that is asked for, with what excludes it now, or its score.
-- Adds to the standing rules COOLDOWN (the page sends it within a week of the target week, or did in the last
-- seven days) and AGENCY_LOCK (another page holds it in those days): the same days that locking refuses, so that
-- what is chosen can be locked.
-- final_score = 0.70 theta + 0.15 diversity + 0.15 percentile + penalty, six decimals. theta is a draw from
-- Beta(successes, failures), or its mean where p_draw is 'MEAN': for tests and read-only checks, because RAND()
-- takes no seed. Excluded captions get no score.
-- is_pool_low: the page has a restriction in force and fewer captions than its minimum; nothing may be selected.
-- All pages in one statement, which reads and is billed for the bank once. Pages do not see each other. A page named
-- twice counts once; names that are no page names have no rows. ppv_pool and bump_pool: captions of each scope that
-- the standing rules leave the page.
-- Readers must refer to a call once: BigQuery runs a CTE anew for each reference, with new draws.
-- Read by: scored_captions_at, select_captions_for_creators_at.
CREATE OR REPLACE TABLE FUNCTION `eros_scheduling_brain.scored_captions_of_pages_at`(
  p_pages ARRAY<STRING>,
  p_now TIMESTAMP,
  p_draw STRING
)
RETURNS TABLE<
  page_name STRING,
  caption_id INT64,
  caption_text STRING,
  price_tier STRING,
  content_category STRING,
  has_urgency BOOL,
  bucket STRING,
  scope STRING,
  category_key STRING,
  --: has_urgency, FALSE where the bank does not say.
  is_urgent BOOL,
  --: The standing rule of the pool, else COOLDOWN (the page sends it between six Los Angeles days ago and 14 days
  --: ahead) or AGENCY_LOCK (a page holds it from today to 14 days ahead); null when it may be selected.
  excluded_by STRING,
  rule_value STRING,
  soft_patterns ARRAY<STRING>,
  --: Paid captions of the page after profile and hard rules, before the inventory: what min_ppv_pool is compared with.
  ppv_pool INT64,
  --: Bump captions of the page, counted in the same way.
  bump_pool INT64,
  --: TRUE when a restriction in force wants more captions than there are: nothing may be selected.
  is_pool_low BOOL,
  --: TRUE while little is known: no statistics, fewer than 10 observations, or a Wilson interval wider than 0.3.
  is_explore BOOL,
  week_urgent INT64,
  --: Sends of the page in its category planned for the seven Los Angeles days from tomorrow.
  week_category INT64,
  --: Successes of the caption on the page, prior included, at least 1.
  successes INT64,
  --: Failures of the caption on the page, prior included, at least 1.
  failures INT64,
  --: Lower end of the 95 % Wilson interval of successes against failures, 0 to 1.
  confidence_lower FLOAT64,
  --: Upper end of the 95 % Wilson interval of successes against failures, 0 to 1.
  confidence_upper FLOAT64,
  --: Success rate drawn from Beta(successes, failures), its mean where p_draw is MEAN; null where excluded.
  theta FLOAT64,
  --: -0.5 to 0.25: lower for a category, tier or urgency that the page used of late.
  diversity FLOAT64,
  --: 0 or less: urgent and category budgets of the week near their end, and -0.3 for each soft pattern.
  penalty FLOAT64,
  --: 0.70 theta + 0.15 diversity + 0.15 percentile + penalty, 6 decimals; null where excluded.
  final_score FLOAT64
>
OPTIONS(description="Pool of each page with the rule that excludes each caption, or its score and all that the score is made of.")
AS
SELECT
  s.page_name,
  s.caption_id,
  s.caption_text,
  s.price_tier,
  s.content_category,
  s.has_urgency,
  s.bucket,
  s.scope,
  s.category_key,
  s.is_urgent,
  s.excluded_by,
  s.rule_value,
  s.soft_patterns,
  s.ppv_pool,
  s.bump_pool,
  s.is_pool_low,
  s.is_explore,
  s.week_urgent,
  s.week_category,
  s.successes,
  s.failures,
  s.confidence_lower,
  s.confidence_upper,
  s.theta,
  s.diversity,
  s.penalty,
  ROUND(0.70 * s.theta + 0.15 * s.diversity + 0.15 * s.percentile + s.penalty, 6) AS final_score
FROM (
  WITH
    page AS (
      SELECT LOWER(TRIM(name)) AS page_name, MIN(number) AS number
      FROM UNNEST(p_pages) AS name WITH OFFSET AS number
      GROUP BY page_name
    ),
    sends AS (
      SELECT
        u.page_name,
        u.caption_id AS caption_id,
        u.scheduled_send_date AS scheduled_send_date
      FROM `eros_scheduling_brain.caption_usage` AS u
      INNER JOIN page ON page.page_name = u.page_name
      WHERE u.scheduled_send_date >= DATE_SUB(DATE(p_now, 'America/Los_Angeles'), INTERVAL 6 DAY)
        AND u.scheduled_send_date <= DATE_ADD(DATE(p_now, 'America/Los_Angeles'), INTERVAL 14 DAY)
    ),
    cooling AS (
      SELECT DISTINCT sends.page_name, sends.caption_id AS caption_id
      FROM sends
    ),
    locked AS (
      SELECT DISTINCT a.caption_id AS caption_id
      FROM `eros_scheduling_brain.active_caption_assignments` AS a
      WHERE a.is_active
        AND a.scheduled_send_date >= DATE(p_now, 'America/Los_Angeles')
        AND a.scheduled_send_date <= DATE_ADD(DATE(p_now, 'America/Los_Angeles'), INTERVAL 14 DAY)
    ),
    category_week AS (
      SELECT
        sends.page_name,
        COALESCE(LOWER(TRIM(b.content_category)), '') AS category_key,
        COUNT(*) AS uses
      FROM sends
      LEFT JOIN `eros_scheduling_brain.caption_bank` AS b ON b.caption_id = sends.caption_id
      WHERE sends.scheduled_send_date > DATE(p_now, 'America/Los_Angeles')
        AND sends.scheduled_send_date <= DATE_ADD(DATE(p_now, 'America/Los_Angeles'), INTERVAL 7 DAY)
      GROUP BY sends.page_name, category_key
    ),
    candidate AS (
      SELECT
        p.*,
        COALESCE(p.has_urgency, FALSE) AS is_urgent,
        CASE
          WHEN p.excluded_by IS NOT NULL THEN p.excluded_by
          WHEN cooling.caption_id IS NOT NULL THEN 'COOLDOWN'
          WHEN locked.caption_id IS NOT NULL THEN 'AGENCY_LOCK'
        END AS rule_now,
        COUNTIF(p.scope = 'PPV' AND COALESCE(p.excluded_by, 'INVENTORY') = 'INVENTORY') OVER (PARTITION BY p.page_name)
          AS ppv_pool,
        COUNTIF(p.scope = 'BUMP' AND COALESCE(p.excluded_by, 'INVENTORY') = 'INVENTORY') OVER (PARTITION BY p.page_name)
          AS bump_pool
      FROM `eros_scheduling_brain.page_caption_pool`(p_pages) AS p
      LEFT JOIN cooling ON cooling.page_name = p.page_name AND cooling.caption_id = p.caption_id
      LEFT JOIN locked ON locked.caption_id = p.caption_id
    ),
    known AS (
      -- Without statistics a caption has the prior: one success, one failure.
      SELECT
        c.*,
        GREATEST(1, COALESCE(b.successes, 1)) AS successes,
        GREATEST(1, COALESCE(b.failures, 1)) AS failures,
        b.confidence_lower_bound,
        b.confidence_upper_bound,
        COALESCE(b.performance_percentile, 50) / 100 AS percentile,
        COALESCE(
          b.total_observations < 10
            OR ROUND(b.confidence_upper_bound - b.confidence_lower_bound, 6) > 0.3,
          TRUE
        ) AS is_explore
      FROM candidate AS c
      LEFT JOIN `eros_scheduling_brain.caption_bandit_stats` AS b
        ON b.caption_id = c.caption_id AND b.page_name = c.page_name
    )
  SELECT
    k.page_name,
    k.caption_id,
    k.caption_text,
    k.price_tier,
    k.content_category,
    k.has_urgency,
    k.bucket,
    k.scope,
    k.category_key,
    k.is_urgent,
    k.rule_now AS excluded_by,
    k.rule_value,
    k.soft_patterns,
    k.ppv_pool,
    k.bump_pool,
    COALESCE(k.ppv_pool < r.min_ppv_pool, FALSE) OR COALESCE(k.bump_pool < r.min_bump_pool, FALSE) AS is_pool_low,
    k.is_explore,
    x.week_urgent,
    COALESCE(w.uses, 0) AS week_category,
    k.successes,
    k.failures,
    COALESCE(
      k.confidence_lower_bound, `eros_scheduling_brain.wilson_score_bounds`(k.successes, k.failures).lower_bound
    ) AS confidence_lower,
    COALESCE(
      k.confidence_upper_bound, `eros_scheduling_brain.wilson_score_bounds`(k.successes, k.failures).upper_bound
    ) AS confidence_upper,
    CASE
      WHEN k.rule_now IS NOT NULL THEN NULL
      WHEN p_draw = 'MEAN' THEN k.successes / (CAST(k.successes AS FLOAT64) + k.failures)
      ELSE `eros_scheduling_brain.beta_sample`(
        -- The row's key: another one for the same caption on another page.
        k.successes, k.failures, MOD(k.caption_id, 1000003) + 7919 * page.number
      )
    END AS theta,
    IF(k.category_key IN UNNEST(x.seen_categories), -0.2, 0.1)
      + IF(k.tier_key IN UNNEST(x.seen_tiers), -0.2, 0.1)
      + IF(k.is_urgent AND x.has_recent_urgency, -0.1, 0.05) AS diversity,
    k.percentile,
    -- Budgets that run out are felt before they are exhausted; exhausted ones exclude (the readers).
    IF(k.is_urgent AND x.week_urgent >= 4, -0.5, 0.0)
      + CASE WHEN w.uses >= 16 THEN -0.3 WHEN w.uses >= 12 THEN -0.15 ELSE 0.0 END
      - 0.3 * COALESCE(ARRAY_LENGTH(k.soft_patterns), 0) AS penalty
  FROM known AS k
  INNER JOIN page ON page.page_name = k.page_name
  INNER JOIN `eros_scheduling_brain.caption_context_of_pages_at`(p_pages, p_now) AS x
    ON x.page_name = k.page_name
  LEFT JOIN category_week AS w ON w.page_name = k.page_name AND w.category_key = k.category_key
  LEFT JOIN `eros_scheduling_brain.caption_restrictions_in_force` AS r ON r.page_name = k.page_name
) AS s;
