-- Selects captions for many pages: the result of the call is its last statement, by page and bucket, best first.
-- A page gets what select_captions_for_creator_at gives it alone, with the same audit and alerts, all under one workflow
-- id. The bank is read once for all pages: a statement is billed for everything that it reads, and a call a page would
-- be billed for the whole bank each time. Pages do not see each other: two may get the same caption; locking decides.
-- A null or negative quota is 0. Of a page named twice the first request counts; a name that is no page name selects
-- nothing and writes nothing. p_draw is 'RANDOM' (Thompson sampling) or 'MEAN' (always the same, for tests).
-- Called by the schedule builder; what it gets is locked by lock_caption_assignments.
CREATE OR REPLACE PROCEDURE `eros_scheduling_brain.select_captions_for_creators_at`(
  p_requests ARRAY<STRUCT<
    page_name STRING, segment STRING, budget INT64, mid INT64, premium INT64, bump INT64
  >>,
  p_now TIMESTAMP,
  p_draw STRING
)
OPTIONS(description="Selects captions for many pages at p_now by bucket quotas, reading the bank once; writes audit rows and alerts.")
BEGIN
  DECLARE v_workflow_id STRING DEFAULT GENERATE_UUID();
  DECLARE v_pages ARRAY<STRING>;
  DECLARE v_alerts ARRAY<STRUCT<alert_level STRING, alert_kind STRING, details STRING>>;

  IF p_now IS NULL THEN
    RAISE USING MESSAGE = 'EROS_INVALID|p_now is null';
  END IF;

  CREATE OR REPLACE TEMP TABLE selection_request AS
  SELECT
    LOWER(TRIM(asked.page_name)) AS page_name,
    `eros_scheduling_brain.segment_class`(asked.segment) AS segment_class,
    asked.budget AS budget,
    asked.mid AS mid,
    asked.premium AS premium,
    asked.bump AS bump
  FROM UNNEST(p_requests) AS asked WITH OFFSET AS number
  WHERE `eros_scheduling_brain.validate_input`(LOWER(TRIM(asked.page_name)), 100)
  QUALIFY ROW_NUMBER() OVER (PARTITION BY LOWER(TRIM(asked.page_name)) ORDER BY number) = 1;
  SET v_pages = ARRAY(SELECT r.page_name FROM selection_request AS r);

  -- Of the pools (pages times bank) only what the steps below look at is kept, because a temporary table is billed
  -- like any other: what is audited by caption; one caption for each rule, with how many it excludes; and the captions
  -- that can be chosen. These are, in a bucket, the 5 best urgent ones with all others, of which the 25 best of each
  -- category: 20 is the budget of a category, and at most 5 urgent ones drop out before it is counted.
  CREATE OR REPLACE TEMP TABLE selection_shortlist AS
  SELECT
    p.page_name AS page_name,
    p.caption_id AS caption_id,
    p.caption_text AS caption_text,
    p.price_tier AS price_tier,
    p.content_category AS content_category,
    p.has_urgency AS has_urgency,
    p.bucket AS bucket,
    p.category_key AS category_key,
    p.is_urgent AS is_urgent,
    p.excluded_by AS excluded_by,
    p.rule_value AS rule_value,
    p.soft_patterns AS soft_patterns,
    p.ppv_pool AS ppv_pool,
    p.bump_pool AS bump_pool,
    p.is_pool_low AS is_pool_low,
    p.is_explore AS is_explore,
    p.is_candidate AS is_candidate,
    p.week_urgent AS week_urgent,
    p.week_category AS week_category,
    p.urgent_place AS urgent_place,
    p.rule_captions AS rule_captions,
    p.rule_place AS rule_place,
    p.final_score AS final_score,
    p.theta AS theta,
    p.diversity AS diversity,
    p.penalty AS penalty,
    p.successes AS successes,
    p.failures AS failures,
    p.confidence_lower AS confidence_lower,
    p.confidence_upper AS confidence_upper
  FROM (
    SELECT
      c.*,
      c.is_candidate AND (NOT c.is_urgent OR c.urgent_place <= 5) AS is_in_urgent
    FROM (
      SELECT
        s.*,
        s.excluded_by IS NULL AND NOT s.is_pool_low AS is_candidate,
        ROW_NUMBER() OVER (
          PARTITION BY s.page_name, s.bucket, s.excluded_by IS NULL, s.is_urgent
          ORDER BY s.final_score DESC, s.caption_id
        ) AS urgent_place,
        COUNT(*) OVER (PARTITION BY s.page_name, s.excluded_by) AS rule_captions,
        ROW_NUMBER() OVER (PARTITION BY s.page_name, s.excluded_by ORDER BY s.caption_id) AS rule_place
      FROM `eros_scheduling_brain.scored_captions_of_pages_at`(v_pages, p_now, p_draw) AS s
    ) AS c
  ) AS p
  WHERE TRUE
  QUALIFY p.rule_place = 1
    OR p.excluded_by IN ('ALLOWED_PROFILE', 'CATEGORY', 'PRICE_TIER', 'PATTERN_HARD')
    OR (p.final_score IS NOT NULL AND COALESCE(ARRAY_LENGTH(p.soft_patterns), 0) > 0)
    OR (
      p.is_in_urgent
      AND ROW_NUMBER() OVER (
        PARTITION BY p.page_name, p.bucket, p.is_in_urgent, p.category_key
        ORDER BY p.final_score DESC, p.caption_id
      ) <= 25
    );

  -- What the budgets keep of each bucket, and what is picked of it. What one bucket takes counts towards the weekly
  -- budgets of the next: 5 urgent captions and 20 of a category, with what is planned for the target week.
  CREATE OR REPLACE TEMP TABLE selection_kept (
    page_name STRING, caption_id INT64, bucket STRING, category_key STRING, is_urgent BOOL, is_picked BOOL
  );
  FOR v_turn IN (
    SELECT turn.bucket AS bucket
    FROM
      UNNEST([
        STRUCT('premium' AS bucket, 1 AS place), STRUCT('mid' AS bucket, 2 AS place),
        STRUCT('budget' AS bucket, 3 AS place), STRUCT('bump' AS bucket, 4 AS place)
      ]) AS turn
    ORDER BY turn.place
  ) DO
    INSERT INTO selection_kept (page_name, caption_id, bucket, category_key, is_urgent, is_picked)
    WITH
      urgent_spent AS (
        SELECT k.page_name AS page_name, COUNTIF(k.is_picked AND k.is_urgent) AS captions
        FROM selection_kept AS k
        GROUP BY k.page_name
      ),
      category_spent AS (
        SELECT k.page_name AS page_name, k.category_key AS category_key, COUNTIF(k.is_picked) AS captions
        FROM selection_kept AS k
        GROUP BY k.page_name, k.category_key
      ),
      in_urgent AS (
        SELECT
          s.page_name AS page_name,
          s.caption_id AS caption_id,
          s.category_key AS category_key,
          s.is_urgent AS is_urgent,
          s.is_explore AS is_explore,
          s.final_score AS final_score,
          s.week_category + COALESCE(c.captions, 0) AS spent,
          GREATEST(
            0,
            COALESCE(
              CASE v_turn.bucket
                WHEN 'premium' THEN r.premium
                WHEN 'mid' THEN r.mid
                WHEN 'budget' THEN r.budget
                WHEN 'bump' THEN r.bump
              END,
              0
            )
          ) AS quota
        FROM selection_shortlist AS s
        INNER JOIN selection_request AS r ON r.page_name = s.page_name
        LEFT JOIN urgent_spent AS u ON u.page_name = s.page_name
        LEFT JOIN category_spent AS c ON c.page_name = s.page_name AND c.category_key = s.category_key
        WHERE s.is_candidate
          AND s.bucket = v_turn.bucket
          AND (NOT s.is_urgent OR s.week_urgent + COALESCE(u.captions, 0) + s.urgent_place <= 5)
      ),
      placed AS (
        SELECT
          i.*,
          ROW_NUMBER() OVER (PARTITION BY i.page_name, i.category_key ORDER BY i.final_score DESC, i.caption_id) AS place
        FROM in_urgent AS i
      ),
      kept AS (
        -- The best explore captions come first in line, a fifth of the quota rounded up.
        SELECT
          p.*,
          p.is_explore
            AND ROW_NUMBER() OVER (PARTITION BY p.page_name, p.is_explore ORDER BY p.final_score DESC, p.caption_id)
              <= DIV(p.quota, 5) + IF(MOD(p.quota, 5) > 0, 1, 0) AS is_first
        FROM placed AS p
        WHERE p.spent + p.place <= 20
      )
    SELECT
      k.page_name,
      k.caption_id,
      v_turn.bucket,
      k.category_key,
      k.is_urgent,
      ROW_NUMBER() OVER (PARTITION BY k.page_name ORDER BY k.is_first DESC, k.final_score DESC, k.caption_id) <= k.quota
    FROM kept AS k;
  END FOR;

  -- Rules in the order in which they are asked, each with the pool that it leaves.
  CREATE OR REPLACE TEMP TABLE selection_rule AS
  WITH
    counted AS (
      SELECT s.page_name AS page_name, s.excluded_by AS rule_type, s.rule_captions AS captions
      FROM selection_shortlist AS s
      WHERE s.rule_place = 1 AND s.excluded_by IS NOT NULL
      UNION ALL
      SELECT s.page_name AS page_name, 'BUDGET' AS rule_type, s.rule_captions - COALESCE(k.captions, 0) AS captions
      FROM selection_shortlist AS s
      LEFT JOIN (
        SELECT one.page_name AS page_name, COUNT(*) AS captions
        FROM selection_kept AS one
        GROUP BY one.page_name
      ) AS k ON k.page_name = s.page_name
      WHERE s.rule_place = 1 AND s.is_candidate
    ),
    pool AS (
      SELECT s.page_name AS page_name, SUM(s.rule_captions) AS captions
      FROM selection_shortlist AS s
      WHERE s.rule_place = 1
      GROUP BY s.page_name
    ),
    rule_count AS (
      SELECT
        pool.page_name AS page_name,
        pool.captions AS pool_captions,
        rule AS rule_type,
        step AS step
      FROM pool
      CROSS JOIN
        UNNEST([
          'ALLOWED_PROFILE', 'CATEGORY', 'PRICE_TIER', 'PATTERN_HARD', 'PATTERN_SOFT', 'INVENTORY', 'COOLDOWN',
          'AGENCY_LOCK', 'BUDGET'
        ]) AS rule WITH OFFSET AS step
    )
  SELECT
    r.page_name AS page_name,
    r.rule_type AS rule_type,
    COALESCE(c.captions, 0) AS excluded,
    r.pool_captions - SUM(COALESCE(c.captions, 0)) OVER (PARTITION BY r.page_name ORDER BY r.step) AS pool_after
  FROM rule_count AS r
  LEFT JOIN counted AS c ON c.page_name = r.page_name AND c.rule_type = r.rule_type;

  INSERT INTO `eros_scheduling_brain.caption_filter_audit_log`
    (
      workflow_id, page_name, caption_id, caption_text, content_category, price_tier, rule_type, rule_value,
      enforcement, stage, filtered_at, total_pool_before_filter, total_pool_after_filter
    )
  WITH
    filtered AS (
      SELECT
        s.page_name AS page_name,
        s.caption_id AS caption_id,
        SUBSTR(s.caption_text, 1, 5000) AS caption_text,
        s.content_category AS content_category,
        s.price_tier AS price_tier,
        s.excluded_by AS rule_type,
        s.rule_value AS rule_value
      FROM selection_shortlist AS s
      WHERE s.excluded_by IN ('ALLOWED_PROFILE', 'CATEGORY', 'PRICE_TIER', 'PATTERN_HARD')
      UNION ALL
      SELECT
        s.page_name AS page_name,
        s.caption_id AS caption_id,
        SUBSTR(s.caption_text, 1, 5000) AS caption_text,
        s.content_category AS content_category,
        s.price_tier AS price_tier,
        'PATTERN_SOFT' AS rule_type,
        ARRAY_TO_STRING(s.soft_patterns, '; ') AS rule_value
      FROM selection_shortlist AS s
      -- Only what was scored was lowered.
      WHERE s.final_score IS NOT NULL AND ARRAY_LENGTH(s.soft_patterns) > 0
      UNION ALL
      SELECT
        r.page_name AS page_name,
        CAST(NULL AS INT64) AS caption_id,
        CAST(NULL AS STRING) AS caption_text,
        CAST(NULL AS STRING) AS content_category,
        CAST(NULL AS STRING) AS price_tier,
        r.rule_type AS rule_type,
        CAST(r.excluded AS STRING) AS rule_value
      FROM selection_rule AS r
      WHERE r.rule_type IN ('INVENTORY', 'COOLDOWN', 'AGENCY_LOCK', 'BUDGET') AND r.excluded > 0
    )
  SELECT
    v_workflow_id,
    f.page_name,
    f.caption_id,
    f.caption_text,
    f.content_category,
    f.price_tier,
    f.rule_type,
    f.rule_value,
    IF(f.rule_type = 'PATTERN_SOFT', 'SOFT', 'HARD'),
    'candidate_pool',
    p_now,
    r.pool_after + r.excluded,
    r.pool_after
  FROM filtered AS f
  INNER JOIN selection_rule AS r ON r.page_name = f.page_name AND r.rule_type = f.rule_type;

  CREATE OR REPLACE TEMP TABLE selection_alert AS
  WITH
    asked AS (
      SELECT r.page_name AS page_name, 'premium' AS bucket, r.premium AS quota
      FROM selection_request AS r
      UNION ALL
      SELECT r.page_name AS page_name, 'mid' AS bucket, r.mid AS quota
      FROM selection_request AS r
      UNION ALL
      SELECT r.page_name AS page_name, 'budget' AS bucket, r.budget AS quota
      FROM selection_request AS r
      UNION ALL
      SELECT r.page_name AS page_name, 'bump' AS bucket, r.bump AS quota
      FROM selection_request AS r
    ),
    got AS (
      SELECT k.page_name AS page_name, k.bucket AS bucket, COUNTIF(k.is_picked) AS picked
      FROM selection_kept AS k
      GROUP BY k.page_name, k.bucket
    ),
    pool AS (
      SELECT s.page_name AS page_name, MAX(s.ppv_pool) AS ppv_pool, MAX(s.bump_pool) AS bump_pool
      FROM selection_shortlist AS s
      WHERE s.rule_place = 1
      GROUP BY s.page_name
    ),
    low AS (
      SELECT
        r.page_name AS page_name,
        ARRAY_TO_STRING(
          [
            IF(
              COALESCE(pool.bump_pool, 0) < m.min_bump_pool,
              CONCAT(
                'scope=BUMP|pool=', CAST(COALESCE(pool.bump_pool, 0) AS STRING),
                '|minimum=', CAST(m.min_bump_pool AS STRING)
              ),
              NULL
            ),
            IF(
              COALESCE(pool.ppv_pool, 0) < m.min_ppv_pool,
              CONCAT(
                'scope=PPV|pool=', CAST(COALESCE(pool.ppv_pool, 0) AS STRING),
                '|minimum=', CAST(m.min_ppv_pool AS STRING)
              ),
              NULL
            )
          ],
          '|'
        ) AS details
      FROM selection_request AS r
      INNER JOIN `eros_scheduling_brain.caption_restrictions_in_force` AS m ON m.page_name = r.page_name
      LEFT JOIN pool ON pool.page_name = r.page_name
    )
  SELECT
    a.page_name AS page_name,
    'INFO' AS level,
    'selection_shortfall' AS kind,
    CONCAT(
      'bucket=', a.bucket, '|asked=', CAST(a.quota AS STRING), '|got=', CAST(COALESCE(g.picked, 0) AS STRING)
    ) AS details
  FROM asked AS a
  LEFT JOIN got AS g ON g.page_name = a.page_name AND g.bucket = a.bucket
  WHERE COALESCE(g.picked, 0) < a.quota
  UNION ALL
  SELECT low.page_name AS page_name, 'WARNING' AS level, 'pool_low' AS kind, low.details AS details
  FROM low
  WHERE low.details != '';

  INSERT INTO selection_alert (page_name, level, kind, details)
  SELECT
    p.page_name,
    'WARNING',
    'restriction_pattern_invalid',
    CONCAT('invalid=', CAST(COUNT(*) AS STRING), '|first=', SUBSTR(MIN(p.pattern), 1, 200))
  FROM `eros_scheduling_brain.caption_restriction_patterns` AS p
  INNER JOIN selection_request AS r ON r.page_name = p.page_name
  WHERE NOT p.is_valid
  GROUP BY p.page_name;

  SET v_alerts = ARRAY(
    SELECT
      STRUCT(
        a.level AS alert_level,
        CONCAT(a.kind, ':', a.page_name) AS alert_kind,
        CONCAT('page=', a.page_name, '|', a.details) AS details
      )
    FROM selection_alert AS a
  );
  CALL `eros_scheduling_brain.raise_automation_alerts`('caption_selection', v_alerts, v_workflow_id, p_now);

  SELECT
    s.page_name AS page_name,
    s.bucket AS bucket,
    s.caption_id AS caption_id,
    s.caption_text AS caption_text,
    s.price_tier AS price_tier,
    s.content_category AS content_category,
    s.has_urgency AS has_urgency,
    s.final_score AS final_score,
    STRUCT(
      ROUND(s.theta, 6) AS thompson_score,
      ROUND(s.diversity, 6) AS diversity_bonus,
      CASE
        WHEN r.segment_class = 'HIGH_VALUE' AND s.bucket = 'premium' THEN 1.25
        WHEN r.segment_class = 'BUDGET_CONSCIOUS' AND s.bucket IN ('budget', 'mid') THEN 1.15
        ELSE 1.0
      END AS segment_multiplier,
      s.successes AS successes,
      s.failures AS failures,
      ROUND(s.confidence_lower, 6) AS confidence_lower,
      ROUND(s.confidence_upper, 6) AS confidence_upper,
      ROUND(s.penalty, 6) AS budget_penalty
    ) AS debug_info,
    `eros_scheduling_brain.caption_trigger`(s.caption_text, s.has_urgency) AS psychological_trigger
  FROM selection_shortlist AS s
  INNER JOIN selection_request AS r ON r.page_name = s.page_name
  INNER JOIN selection_kept AS k ON k.page_name = s.page_name AND k.caption_id = s.caption_id
  WHERE k.is_picked
  ORDER BY s.page_name, s.bucket, s.final_score DESC, s.caption_id;
END;
