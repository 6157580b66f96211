-- What becomes of every caption of a page's pool in one selection: picked, excluded and by which rule, or passed over.
-- Buckets are filled one after the other, premium, mid, budget, bump, because what one takes counts towards the
-- weekly budgets of the next: 5 urgent captions and 20 of a category, with what is planned for the target week.
-- Four steps a bucket, each in score order, ties to the lowest caption_id:
--   _urgent   urgent captions beyond what is left of the urgent budget drop out;
--   _kept     of the others those beyond what is left of their category's budget (what drops out is a BUDGET exclusion);
--   _first    the best explore captions come first in line, a fifth of the quota rounded up;
--   the bucket's own name: who is picked, up to the quota, with all that was picked before.
-- Each step reads the one before it exactly once, and only that: a CTE that is referred to twice is run twice on
-- BigQuery, with new random draws, and the steps would not be about the same scores.
-- A null or negative quota is 0. An invalid page name has no rows.
-- Read by: caption_selection_at, select_captions_for_creator_at.
CREATE OR REPLACE TABLE FUNCTION `eros_scheduling_brain.caption_decisions_at`(
  p_page STRING,
  p_segment STRING,
  p_budget INT64,
  p_mid INT64,
  p_premium INT64,
  p_bump INT64,
  p_now TIMESTAMP,
  p_draw STRING
)
RETURNS TABLE<
  caption_id INT64,
  caption_text STRING,
  price_tier STRING,
  content_category STRING,
  has_urgency BOOL,
  bucket STRING,
  scope STRING,
  --: Rule that excludes it: a standing one, COOLDOWN, AGENCY_LOCK, or BUDGET (urgent or category budget of the week
  --: used up); null when none does.
  excluded_by STRING,
  rule_value STRING,
  soft_patterns ARRAY<STRING>,
  is_pool_low BOOL,
  is_explore BOOL,
  --: TRUE when this selection takes it.
  is_picked BOOL,
  final_score FLOAT64,
  --: What final_score is made of, 6 decimals: drawn success rate, diversity, segment multiplier (reported, not
  --: applied), successes and failures, ends of the 95 % Wilson interval, penalty.
  debug_info STRUCT<
    thompson_score FLOAT64,
    diversity_bonus FLOAT64,
    segment_multiplier FLOAT64,
    successes INT64,
    failures INT64,
    confidence_lower FLOAT64,
    confidence_upper FLOAT64,
    budget_penalty FLOAT64
  >
>
OPTIONS(description="Pool of a page with the decision of one selection on each caption: picked, excluded by a rule, or neither.")
AS
SELECT
  d.caption_id,
  d.caption.caption_text,
  d.caption.price_tier,
  d.caption.content_category,
  d.caption.has_urgency,
  d.bucket,
  d.caption.scope,
  IF(d.is_candidate AND NOT (d.premium_kept OR d.mid_kept OR d.budget_kept OR d.bump_kept), 'BUDGET', d.caption.excluded_by)
    AS excluded_by,
  d.caption.rule_value,
  d.caption.soft_patterns,
  d.caption.is_pool_low,
  d.is_explore,
  d.bump_picked AS is_picked,
  d.final_score,
  STRUCT(
    ROUND(d.caption.theta, 6) AS thompson_score,
    ROUND(d.caption.diversity, 6) AS diversity_bonus,
    d.caption.segment_multiplier AS segment_multiplier,
    d.caption.successes AS successes,
    d.caption.failures AS failures,
    ROUND(d.caption.confidence_lower, 6) AS confidence_lower,
    ROUND(d.caption.confidence_upper, 6) AS confidence_upper,
    ROUND(d.caption.penalty, 6) AS budget_penalty
  ) AS debug_info
FROM (
  WITH
    candidate AS (
      -- The whole row goes along as one value, because the steps below look at few of its columns.
      SELECT
        s AS caption,
        s.caption_id AS caption_id,
        s.bucket AS bucket,
        s.category_key AS category_key,
        s.is_urgent AS is_urgent,
        s.is_explore AS is_explore,
        s.week_urgent AS week_urgent,
        s.week_category AS week_category,
        s.final_score AS final_score,
        s.excluded_by IS NULL AND NOT s.is_pool_low AS is_candidate,
        GREATEST(
          0,
          COALESCE(
            CASE s.bucket
              WHEN 'premium' THEN p_premium
              WHEN 'mid' THEN p_mid
              WHEN 'budget' THEN p_budget
              WHEN 'bump' THEN p_bump
            END,
            0
          )
        ) AS quota
      FROM `eros_scheduling_brain.scored_captions_at`(p_page, p_segment, p_now, p_draw) AS s
    ),
    ranked AS (
      SELECT
        c.*,
        DIV(c.quota, 5) + IF(MOD(c.quota, 5) > 0, 1, 0) AS explore_quota,
        ROW_NUMBER() OVER (ORDER BY c.final_score DESC, c.caption_id) AS place,
        ROW_NUMBER() OVER (
          PARTITION BY c.bucket, c.is_candidate, c.is_urgent ORDER BY c.final_score DESC, c.caption_id
        ) AS urgent_place,
        FALSE AS none_picked
      FROM candidate AS c
    ),
    premium_urgent AS (
      SELECT
        s.*,
        s.bucket = 'premium'
          AND s.is_candidate
          AND (
            NOT s.is_urgent
            OR s.week_urgent + COUNTIF(s.none_picked AND s.is_urgent) OVER () + s.urgent_place <= 5
          ) AS premium_in_urgent,
        s.week_category + COUNTIF(s.none_picked) OVER (PARTITION BY s.category_key) AS premium_spent
      FROM ranked AS s
    ),
    premium_kept AS (
      SELECT
        s.*,
        s.premium_in_urgent
          AND s.premium_spent
            + ROW_NUMBER() OVER (PARTITION BY s.premium_in_urgent, s.category_key ORDER BY s.place) <= 20 AS premium_kept
      FROM premium_urgent AS s
    ),
    premium_first AS (
      SELECT
        s.*,
        s.is_explore
          AND ROW_NUMBER() OVER (PARTITION BY s.premium_kept, s.is_explore ORDER BY s.place) <= s.explore_quota AS premium_first
      FROM premium_kept AS s
    ),
    premium AS (
      SELECT
        s.*,
        s.none_picked
          OR (
            s.premium_kept
            AND ROW_NUMBER() OVER (PARTITION BY s.premium_kept ORDER BY s.premium_first DESC, s.place) <= s.quota
          ) AS premium_picked
      FROM premium_first AS s
    ),
    mid_urgent AS (
      SELECT
        s.*,
        s.bucket = 'mid'
          AND s.is_candidate
          AND (
            NOT s.is_urgent
            OR s.week_urgent + COUNTIF(s.premium_picked AND s.is_urgent) OVER () + s.urgent_place <= 5
          ) AS mid_in_urgent,
        s.week_category + COUNTIF(s.premium_picked) OVER (PARTITION BY s.category_key) AS mid_spent
      FROM premium AS s
    ),
    mid_kept AS (
      SELECT
        s.*,
        s.mid_in_urgent
          AND s.mid_spent
            + ROW_NUMBER() OVER (PARTITION BY s.mid_in_urgent, s.category_key ORDER BY s.place) <= 20 AS mid_kept
      FROM mid_urgent AS s
    ),
    mid_first AS (
      SELECT
        s.*,
        s.is_explore
          AND ROW_NUMBER() OVER (PARTITION BY s.mid_kept, s.is_explore ORDER BY s.place) <= s.explore_quota AS mid_first
      FROM mid_kept AS s
    ),
    mid AS (
      SELECT
        s.*,
        s.premium_picked
          OR (
            s.mid_kept
            AND ROW_NUMBER() OVER (PARTITION BY s.mid_kept ORDER BY s.mid_first DESC, s.place) <= s.quota
          ) AS mid_picked
      FROM mid_first AS s
    ),
    budget_urgent AS (
      SELECT
        s.*,
        s.bucket = 'budget'
          AND s.is_candidate
          AND (
            NOT s.is_urgent
            OR s.week_urgent + COUNTIF(s.mid_picked AND s.is_urgent) OVER () + s.urgent_place <= 5
          ) AS budget_in_urgent,
        s.week_category + COUNTIF(s.mid_picked) OVER (PARTITION BY s.category_key) AS budget_spent
      FROM mid AS s
    ),
    budget_kept AS (
      SELECT
        s.*,
        s.budget_in_urgent
          AND s.budget_spent
            + ROW_NUMBER() OVER (PARTITION BY s.budget_in_urgent, s.category_key ORDER BY s.place) <= 20 AS budget_kept
      FROM budget_urgent AS s
    ),
    budget_first AS (
      SELECT
        s.*,
        s.is_explore
          AND ROW_NUMBER() OVER (PARTITION BY s.budget_kept, s.is_explore ORDER BY s.place) <= s.explore_quota AS budget_first
      FROM budget_kept AS s
    ),
    budget AS (
      SELECT
        s.*,
        s.mid_picked
          OR (
            s.budget_kept
            AND ROW_NUMBER() OVER (PARTITION BY s.budget_kept ORDER BY s.budget_first DESC, s.place) <= s.quota
          ) AS budget_picked
      FROM budget_first AS s
    ),
    bump_urgent AS (
      SELECT
        s.*,
        s.bucket = 'bump'
          AND s.is_candidate
          AND (
            NOT s.is_urgent
            OR s.week_urgent + COUNTIF(s.budget_picked AND s.is_urgent) OVER () + s.urgent_place <= 5
          ) AS bump_in_urgent,
        s.week_category + COUNTIF(s.budget_picked) OVER (PARTITION BY s.category_key) AS bump_spent
      FROM budget AS s
    ),
    bump_kept AS (
      SELECT
        s.*,
        s.bump_in_urgent
          AND s.bump_spent
            + ROW_NUMBER() OVER (PARTITION BY s.bump_in_urgent, s.category_key ORDER BY s.place) <= 20 AS bump_kept
      FROM bump_urgent AS s
    ),
    bump_first AS (
      SELECT
        s.*,
        s.is_explore
          AND ROW_NUMBER() OVER (PARTITION BY s.bump_kept, s.is_explore ORDER BY s.place) <= s.explore_quota AS bump_first
      FROM bump_kept AS s
    ),
    bump AS (
      SELECT
        s.*,
        s.budget_picked
          OR (
            s.bump_kept
            AND ROW_NUMBER() OVER (PARTITION BY s.bump_kept ORDER BY s.bump_first DESC, s.place) <= s.quota
          ) AS bump_picked
      FROM bump_first AS s
    )
  SELECT bump.*
  FROM bump
) AS d;
