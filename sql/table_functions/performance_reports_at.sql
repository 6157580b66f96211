-- What is known about pages from their last 90 days, one JSON text a page: size, segment, saturation, what sells and
-- when, and which content it has.
-- All pages in one statement: BigQuery bills a statement for everything that it reads, so a statement a page would
-- read and bill the same 90 days of messages again for every page.
-- A page that nobody knows (also null or malformed) gets a report too: no classification, neutral segment and
-- saturation, empty arrays. Keys and their order are the contract with the readers; compare it parsed.
-- Read by: analyze_creator_performance (one page), run_daily_automation (all). Source: the analyses named below.
CREATE OR REPLACE TABLE FUNCTION `eros_scheduling_brain.performance_reports_at`(
  p_page_names ARRAY<STRING>,
  p_now TIMESTAMP
)
RETURNS TABLE<
  page_name STRING,
  performance_report STRING
>
OPTIONS(description="Performance report of each page for the 90 days before p_now as JSON text; one row a page.")
AS
SELECT
  c.page_name,
  c.performance_report
FROM (
  WITH page AS (
    SELECT DISTINCT LOWER(TRIM(name)) AS page_name
    FROM UNNEST(p_page_names) AS name
  ),
  -- Of all pages: a page may be silent while the data are fresh.
  freshness AS (
    SELECT FORMAT_TIMESTAMP('%Y-%m-%dT%H:%M:%SZ', MAX(facts.sending_time)) AS latest_message
    FROM `eros_scheduling_brain.message_facts` AS facts
    WHERE
      facts.sending_time > TIMESTAMP_SUB(p_now, INTERVAL 90 DAY)
      AND facts.sending_time <= p_now
  ),
  size AS (
    SELECT
      s.page_name,
      s.size_tier,
      STRUCT(
        s.size_tier AS size_tier,
        s.avg_audience AS avg_audience,
        s.total_revenue_period AS total_revenue_period,
        s.daily_ppv_target_min AS daily_ppv_target_min,
        s.daily_ppv_target_max AS daily_ppv_target_max,
        s.daily_bump_target AS daily_bump_target,
        s.min_ppv_gap_minutes AS min_ppv_gap_minutes,
        s.saturation_tolerance AS saturation_tolerance
      ) AS classification
    FROM `eros_scheduling_brain.account_sizes_at`(p_page_names, 90, p_now) AS s
  ),
  segment AS (
    SELECT
      s.page_name,
      STRUCT(
        s.segment_label AS segment_label,
        s.avg_rpr AS avg_rpr,
        s.avg_conv AS avg_conv,
        s.rpr_price_slope AS rpr_price_slope,
        s.rpr_price_corr AS rpr_price_corr,
        s.conv_price_elasticity_proxy AS conv_price_elasticity_proxy,
        s.category_entropy AS category_entropy,
        s.sample_size AS sample_size
      ) AS behaviour
    FROM `eros_scheduling_brain.behavioral_segments_at`(p_page_names, 90, p_now) AS s
  ),
  weighed AS (
    SELECT
      finding.page_name,
      finding.exclusion_reason,
      `eros_scheduling_brain.saturation_advice`(
        COALESCE(size.size_tier, 'MEDIUM'), finding.exclusion_reason, finding.view_rate_deviation,
        finding.rpr_deviation, finding.run_days, finding.confidence
      ) AS advice
    FROM `eros_scheduling_brain.saturation_findings_at`(p_page_names, p_now) AS finding
    LEFT JOIN size ON size.page_name = finding.page_name
  ),
  saturation AS (
    SELECT
      w.page_name,
      STRUCT(
        w.advice.saturation_score AS saturation_score,
        w.advice.risk_level AS risk_level,
        w.advice.unlock_rate_deviation AS unlock_rate_deviation,
        w.advice.emv_deviation AS emv_deviation,
        w.advice.consecutive_underperform_days AS consecutive_underperform_days,
        w.advice.recommended_action AS recommended_action,
        w.advice.volume_adjustment_factor AS volume_adjustment_factor,
        w.advice.confidence_score AS confidence_score,
        w.exclusion_reason AS exclusion_reason
      ) AS status
    FROM weighed AS w
  ),
  ranked_trigger AS (
    SELECT
      t.page_name,
      ROW_NUMBER() OVER (
        PARTITION BY t.page_name ORDER BY t.rpr_lift_pct DESC NULLS LAST, t.psychological_trigger
      ) AS place,
      STRUCT(
        t.psychological_trigger AS psychological_trigger,
        t.msg_count AS msg_count,
        t.avg_rpr AS avg_rpr,
        t.avg_conv AS avg_conv,
        t.rpr_lift_pct AS rpr_lift_pct,
        t.conv_lift_pct AS conv_lift_pct,
        t.conv_stat_sig AS conv_stat_sig,
        t.rpr_stat_sig AS rpr_stat_sig
      ) AS figures
    FROM `eros_scheduling_brain.trigger_performance_at`(p_page_names, 90, p_now) AS t
  ),
  best_triggers AS (
    SELECT t.page_name, ARRAY_AGG(t.figures ORDER BY t.place) AS listed
    FROM ranked_trigger AS t
    WHERE t.place <= 10
    GROUP BY t.page_name
  ),
  ranked_content AS (
    SELECT
      t.page_name,
      ROW_NUMBER() OVER (
        PARTITION BY t.page_name ORDER BY ROUND(t.avg_rpr, 6) DESC, t.content_category, t.price_tier
      ) AS place,
      STRUCT(
        t.content_category AS content_category,
        t.price_tier AS price_tier,
        t.msg_count AS msg_count,
        t.avg_rpr AS avg_rpr,
        t.avg_conv AS avg_conv,
        t.trend_direction AS trend_direction,
        t.trend_pct AS trend_pct,
        t.price_sensitivity_corr AS price_sensitivity_corr,
        t.best_price_tier AS best_price_tier
      ) AS figures
    FROM `eros_scheduling_brain.content_categories_at`(p_page_names, 90, p_now) AS t
  ),
  best_content AS (
    SELECT t.page_name, ARRAY_AGG(t.figures ORDER BY t.place) AS listed
    FROM ranked_content AS t
    WHERE t.place <= 15
    GROUP BY t.page_name
  ),
  weekdays AS (
    SELECT
      t.page_name,
      ARRAY_AGG(
        STRUCT(
          t.day_of_week_la AS day_of_week_la,
          t.n AS msg_count,
          t.avg_rpr AS avg_rpr,
          t.avg_conv AS avg_conv,
          t.t_rpr_approx AS t_statistic,
          t.rpr_stat_sig AS rpr_stat_sig
        )
        ORDER BY t.day_of_week_la
      ) AS listed
    FROM `eros_scheduling_brain.day_patterns_at`(p_page_names, 90, p_now) AS t
    GROUP BY t.page_name
  ),
  ranked_slot AS (
    SELECT
      t.page_name,
      ROW_NUMBER() OVER (
        PARTITION BY t.page_name ORDER BY ROUND(t.avg_rpr, 6) DESC, t.day_type, t.hour_la
      ) AS place,
      STRUCT(
        t.day_type AS day_type,
        t.hour_la AS hour_24,
        t.n AS msg_count,
        t.avg_rpr AS avg_rpr,
        t.avg_conv AS avg_conv,
        t.confidence AS confidence
      ) AS figures
    FROM `eros_scheduling_brain.time_windows_at`(p_page_names, 90, p_now) AS t
  ),
  best_slots AS (
    SELECT t.page_name, ARRAY_AGG(t.figures ORDER BY t.place) AS listed
    FROM ranked_slot AS t
    WHERE t.place <= 20
    GROUP BY t.page_name
  ),
  inventory AS (
    SELECT
      LOWER(TRIM(i.page_name)) AS page_name,
      i.available_categories
    FROM `eros_scheduling_brain.creator_content_inventory` AS i
    QUALIFY ROW_NUMBER() OVER (
      PARTITION BY LOWER(TRIM(i.page_name)) ORDER BY i.inventory_date DESC, i.created_at DESC
    ) = 1
  ),
  available AS (
    SELECT i.page_name, ARRAY_AGG(DISTINCT category ORDER BY category) AS listed
    FROM inventory AS i
    CROSS JOIN UNNEST(i.available_categories) AS category
    GROUP BY i.page_name
  )
  SELECT
    page.page_name,
    TO_JSON_STRING(STRUCT(
      page.page_name AS creator_name,
      FORMAT_TIMESTAMP('%Y-%m-%dT%H:%M:%SZ', p_now) AS analysis_timestamp,
      freshness.latest_message AS data_freshness,
      size.classification AS account_classification,
      segment.behaviour AS behavioral_segment,
      saturation.status AS saturation,
      COALESCE(best_triggers.listed, []) AS psychological_trigger_analysis,
      COALESCE(best_content.listed, []) AS content_category_performance,
      COALESCE(weekdays.listed, []) AS day_of_week_patterns,
      COALESCE(best_slots.listed, []) AS time_window_optimization,
      COALESCE(available.listed, []) AS available_categories
    )) AS performance_report
  FROM page
  CROSS JOIN freshness
  -- Every page has one segment and one saturation, a null page too, which equals nothing.
  INNER JOIN segment ON segment.page_name IS NOT DISTINCT FROM page.page_name
  INNER JOIN saturation ON saturation.page_name IS NOT DISTINCT FROM page.page_name
  LEFT JOIN size ON size.page_name = page.page_name
  LEFT JOIN best_triggers ON best_triggers.page_name = page.page_name
  LEFT JOIN best_content ON best_content.page_name = page.page_name
  LEFT JOIN weekdays ON weekdays.page_name = page.page_name
  LEFT JOIN best_slots ON best_slots.page_name = page.page_name
  LEFT JOIN available ON available.page_name = page.page_name
) AS c;
