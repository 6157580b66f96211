-- Selects captions for a page: the result of the call is its last statement, best first in each bucket.
-- The selection itself is caption_decisions_at; it is drawn once, into a temporary table, and all that is written
-- speaks of that draw. Writes caption_filter_audit_log (who was left out or lowered and why) and alerts: INFO for a
-- bucket that falls short, WARNING for a pool below its minimum (then nothing is selected) and for patterns that are
-- no regular expressions. A page name that is none selects nothing and writes nothing.
-- Called by the schedule builder; what it gets is locked by lock_caption_assignments.
CREATE OR REPLACE PROCEDURE `eros_scheduling_brain.select_captions_for_creator_at`(
  p_normalized_page_name STRING,
  p_behavioral_segment STRING,
  p_num_budget_needed INT64,
  p_num_mid_needed INT64,
  p_num_premium_needed INT64,
  p_num_bump_needed INT64,
  p_now TIMESTAMP
)
OPTIONS(description="Selects captions for a page at p_now by bucket quotas; writes audit rows and alerts.")
BEGIN
  DECLARE v_workflow_id STRING DEFAULT GENERATE_UUID();
  DECLARE v_page STRING DEFAULT LOWER(TRIM(p_normalized_page_name));

  IF p_now IS NULL THEN
    RAISE USING MESSAGE = 'EROS_INVALID|p_now is null';
  END IF;

  CREATE OR REPLACE TEMP TABLE selection_decision AS
  SELECT
    d.caption_id AS caption_id,
    d.caption_text AS caption_text,
    d.price_tier AS price_tier,
    d.content_category AS content_category,
    d.has_urgency AS has_urgency,
    d.bucket AS bucket,
    d.scope AS scope,
    d.excluded_by AS excluded_by,
    d.rule_value AS rule_value,
    d.soft_patterns AS soft_patterns,
    d.is_picked AS is_picked,
    d.final_score AS final_score,
    d.debug_info AS debug_info
  FROM `eros_scheduling_brain.caption_decisions_at`(
    v_page, p_behavioral_segment, p_num_budget_needed, p_num_mid_needed, p_num_premium_needed, p_num_bump_needed,
    p_now, 'RANDOM'
  ) AS d;

  -- The audit: rules in the order in which they are asked, each with the pool before and after it.
  INSERT INTO `eros_scheduling_brain.caption_filter_audit_log`
    (
      workflow_id, page_name, caption_id, caption_text, content_category, price_tier, rule_type, rule_value,
      enforcement, stage, filtered_at, total_pool_before_filter, total_pool_after_filter
    )
  WITH
    rule_count AS (
      SELECT
        rule AS rule_type,
        step AS step,
        (SELECT COUNT(*) FROM selection_decision AS d WHERE d.excluded_by = rule) AS excluded
      FROM
        UNNEST([
          'ALLOWED_PROFILE', 'CATEGORY', 'PRICE_TIER', 'PATTERN_HARD', 'PATTERN_SOFT', 'INVENTORY', 'COOLDOWN',
          'AGENCY_LOCK', 'BUDGET'
        ]) AS rule WITH OFFSET AS step
    ),
    rule_pool AS (
      SELECT
        r.rule_type AS rule_type,
        r.excluded AS excluded,
        (SELECT COUNT(*) FROM selection_decision) - SUM(r.excluded) OVER (ORDER BY r.step) AS pool_after
      FROM rule_count AS r
    ),
    filtered AS (
      SELECT
        d.caption_id AS caption_id,
        SUBSTR(d.caption_text, 1, 5000) AS caption_text,
        d.content_category AS content_category,
        d.price_tier AS price_tier,
        d.excluded_by AS rule_type,
        d.rule_value AS rule_value
      FROM selection_decision AS d
      WHERE d.excluded_by IN ('ALLOWED_PROFILE', 'CATEGORY', 'PRICE_TIER', 'PATTERN_HARD')
      UNION ALL
      SELECT
        d.caption_id AS caption_id,
        SUBSTR(d.caption_text, 1, 5000) AS caption_text,
        d.content_category AS content_category,
        d.price_tier AS price_tier,
        'PATTERN_SOFT' AS rule_type,
        ARRAY_TO_STRING(d.soft_patterns, '; ') AS rule_value
      FROM selection_decision AS d
      -- Only what was scored was lowered.
      WHERE d.final_score IS NOT NULL AND ARRAY_LENGTH(d.soft_patterns) > 0
      UNION ALL
      SELECT
        CAST(NULL AS INT64) AS caption_id,
        CAST(NULL AS STRING) AS caption_text,
        CAST(NULL AS STRING) AS content_category,
        CAST(NULL AS STRING) AS price_tier,
        r.rule_type AS rule_type,
        CAST(r.excluded AS STRING) AS rule_value
      FROM rule_count AS r
      WHERE r.rule_type IN ('INVENTORY', 'COOLDOWN', 'AGENCY_LOCK', 'BUDGET') AND r.excluded > 0
    )
  SELECT
    v_workflow_id,
    v_page,
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
  INNER JOIN rule_pool AS r ON r.rule_type = f.rule_type;

  CREATE OR REPLACE TEMP TABLE selection_alert AS
  WITH
    asked AS (
      SELECT 'premium' AS bucket, p_num_premium_needed AS quota
      UNION ALL
      SELECT 'mid' AS bucket, p_num_mid_needed AS quota
      UNION ALL
      SELECT 'budget' AS bucket, p_num_budget_needed AS quota
      UNION ALL
      SELECT 'bump' AS bucket, p_num_bump_needed AS quota
    ),
    got AS (
      SELECT
        a.bucket AS bucket,
        a.quota AS quota,
        (SELECT COUNT(*) FROM selection_decision AS d WHERE d.is_picked AND d.bucket = a.bucket) AS picked
      FROM asked AS a
    ),
    minimum AS (
      SELECT 'PPV' AS scope, r.min_ppv_pool AS min_pool
      FROM `eros_scheduling_brain.caption_restrictions_in_force` AS r
      WHERE r.page_name = v_page
      UNION ALL
      SELECT 'BUMP' AS scope, r.min_bump_pool AS min_pool
      FROM `eros_scheduling_brain.caption_restrictions_in_force` AS r
      WHERE r.page_name = v_page
    ),
    pool AS (
      SELECT
        m.scope AS scope,
        m.min_pool AS min_pool,
        (
          SELECT COUNT(*)
          FROM selection_decision AS d
          WHERE d.scope = m.scope
            AND COALESCE(d.excluded_by, '') NOT IN ('ALLOWED_PROFILE', 'CATEGORY', 'PRICE_TIER', 'PATTERN_HARD')
        ) AS captions
      FROM minimum AS m
    ),
    invalid AS (
      SELECT COUNT(*) AS patterns, MIN(p.pattern) AS first_pattern
      FROM `eros_scheduling_brain.caption_restriction_patterns` AS p
      WHERE p.page_name = v_page AND NOT p.is_valid
    )
  SELECT
    'INFO' AS level,
    'selection_shortfall' AS kind,
    CONCAT('bucket=', g.bucket, '|asked=', CAST(g.quota AS STRING), '|got=', CAST(g.picked AS STRING)) AS details
  FROM got AS g
  WHERE g.picked < g.quota
  UNION ALL
  SELECT
    'WARNING' AS level,
    'pool_low' AS kind,
    STRING_AGG(
      CONCAT(
        'scope=', l.scope, '|pool=', CAST(l.captions AS STRING), '|minimum=', CAST(l.min_pool AS STRING)
      ), '|' ORDER BY l.scope
    ) AS details
  FROM pool AS l
  WHERE l.captions < l.min_pool
  HAVING COUNT(*) > 0
  UNION ALL
  SELECT
    'WARNING' AS level,
    'restriction_pattern_invalid' AS kind,
    CONCAT('invalid=', CAST(i.patterns AS STRING), '|first=', SUBSTR(i.first_pattern, 1, 200)) AS details
  FROM invalid AS i
  WHERE i.patterns > 0;

  IF `eros_scheduling_brain.validate_input`(v_page, 100) THEN
    FOR v_alert IN (SELECT a.level AS level, a.kind AS kind, a.details AS details FROM selection_alert AS a) DO
      CALL `eros_scheduling_brain.raise_automation_alert`(
        v_alert.level, 'caption_selection', CONCAT(v_alert.kind, ':', v_page),
        CONCAT('page=', v_page, '|', v_alert.details), v_workflow_id, p_now
      );
    END FOR;
  END IF;

  SELECT
    d.caption_id AS caption_id,
    d.caption_text AS caption_text,
    d.price_tier AS price_tier,
    d.content_category AS content_category,
    d.has_urgency AS has_urgency,
    d.final_score AS final_score,
    d.debug_info AS debug_info,
    `eros_scheduling_brain.caption_trigger`(d.caption_text, d.has_urgency) AS psychological_trigger
  FROM selection_decision AS d
  WHERE d.is_picked
  ORDER BY d.bucket, d.final_score DESC, d.caption_id;
END;
