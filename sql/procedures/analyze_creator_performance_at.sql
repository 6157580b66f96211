-- What is known about a page from its last 90 days, as one JSON text: size, segment, saturation, what sells and
-- when, and which content it has.
-- Called by run_daily_automation_at, which stores the text in creator_reports; also by people.
-- One statement, because BigQuery bills at least 10 MB for each table of each statement: ten statements would
-- cost five times as much. It only reads.
-- A page that nobody knows (also null or malformed) gets a report too: no classification, neutral segment and
-- saturation, empty arrays. Keys and their order are the contract with the readers; compare it parsed.
CREATE OR REPLACE PROCEDURE `eros_scheduling_brain.analyze_creator_performance_at`(
  IN p_page_name STRING,
  OUT p_performance_report STRING,
  IN p_now TIMESTAMP
)
OPTIONS(description="Returns the performance report of a page for the 90 days before p_now as JSON text.")
BEGIN
  SET p_performance_report = (
    SELECT
      TO_JSON_STRING(STRUCT(
        LOWER(TRIM(p_page_name)) AS creator_name,
        FORMAT_TIMESTAMP('%Y-%m-%dT%H:%M:%SZ', p_now) AS analysis_timestamp,
        -- Of all pages: a page may be silent while the data are fresh.
        (
          SELECT FORMAT_TIMESTAMP('%Y-%m-%dT%H:%M:%SZ', MAX(facts.sending_time))
          FROM `eros_scheduling_brain.message_facts` AS facts
          WHERE
            facts.sending_time > TIMESTAMP_SUB(p_now, INTERVAL 90 DAY)
            AND facts.sending_time <= p_now
        ) AS data_freshness,
        (
          SELECT AS STRUCT
            size.size_tier AS size_tier,
            size.avg_audience AS avg_audience,
            size.total_revenue_period AS total_revenue_period,
            size.daily_ppv_target_min AS daily_ppv_target_min,
            size.daily_ppv_target_max AS daily_ppv_target_max,
            size.daily_bump_target AS daily_bump_target,
            size.min_ppv_gap_minutes AS min_ppv_gap_minutes,
            size.saturation_tolerance AS saturation_tolerance
          FROM `eros_scheduling_brain.classify_account_size_at`(p_page_name, 90, p_now) AS size
        ) AS account_classification,
        (
          SELECT AS STRUCT
            segment.segment_label AS segment_label,
            segment.avg_rpr AS avg_rpr,
            segment.avg_conv AS avg_conv,
            segment.rpr_price_slope AS rpr_price_slope,
            segment.rpr_price_corr AS rpr_price_corr,
            segment.conv_price_elasticity_proxy AS conv_price_elasticity_proxy,
            segment.category_entropy AS category_entropy,
            segment.sample_size AS sample_size
          FROM `eros_scheduling_brain.analyze_behavioral_segments_at`(p_page_name, 90, p_now) AS segment
        ) AS behavioral_segment,
        (
          SELECT AS STRUCT
            saturation.saturation_score AS saturation_score,
            saturation.risk_level AS risk_level,
            saturation.unlock_rate_deviation AS unlock_rate_deviation,
            saturation.emv_deviation AS emv_deviation,
            saturation.consecutive_underperform_days AS consecutive_underperform_days,
            saturation.recommended_action AS recommended_action,
            saturation.volume_adjustment_factor AS volume_adjustment_factor,
            saturation.confidence_score AS confidence_score,
            saturation.exclusion_reason AS exclusion_reason
          FROM `eros_scheduling_brain.calculate_saturation_score_at`(
            p_page_name,
            COALESCE(
              (
                SELECT size.size_tier
                FROM `eros_scheduling_brain.classify_account_size_at`(p_page_name, 90, p_now) AS size
              ),
              'MEDIUM'
            ),
            p_now
          ) AS saturation
        ) AS saturation,
        ARRAY(
          SELECT AS STRUCT
            trigger.psychological_trigger AS psychological_trigger,
            trigger.msg_count AS msg_count,
            trigger.avg_rpr AS avg_rpr,
            trigger.avg_conv AS avg_conv,
            trigger.rpr_lift_pct AS rpr_lift_pct,
            trigger.conv_lift_pct AS conv_lift_pct,
            trigger.conv_stat_sig AS conv_stat_sig,
            trigger.rpr_stat_sig AS rpr_stat_sig
          FROM `eros_scheduling_brain.analyze_trigger_performance_at`(p_page_name, 90, p_now) AS trigger
          ORDER BY trigger.rpr_lift_pct DESC NULLS LAST, trigger.psychological_trigger
          LIMIT 10
        ) AS psychological_trigger_analysis,
        ARRAY(
          SELECT AS STRUCT
            content.content_category AS content_category,
            content.price_tier AS price_tier,
            content.msg_count AS msg_count,
            content.avg_rpr AS avg_rpr,
            content.avg_conv AS avg_conv,
            content.trend_direction AS trend_direction,
            content.trend_pct AS trend_pct,
            content.price_sensitivity_corr AS price_sensitivity_corr,
            content.best_price_tier AS best_price_tier
          FROM `eros_scheduling_brain.analyze_content_categories_at`(p_page_name, 90, p_now) AS content
          ORDER BY ROUND(content.avg_rpr, 6) DESC, content.content_category, content.price_tier
          LIMIT 15
        ) AS content_category_performance,
        ARRAY(
          SELECT AS STRUCT
            weekday.day_of_week_la AS day_of_week_la,
            weekday.n AS msg_count,
            weekday.avg_rpr AS avg_rpr,
            weekday.avg_conv AS avg_conv,
            weekday.t_rpr_approx AS t_statistic,
            weekday.rpr_stat_sig AS rpr_stat_sig
          FROM `eros_scheduling_brain.analyze_day_patterns_at`(p_page_name, 90, p_now) AS weekday
          ORDER BY weekday.day_of_week_la
        ) AS day_of_week_patterns,
        ARRAY(
          SELECT AS STRUCT
            slot.day_type AS day_type,
            slot.hour_la AS hour_24,
            slot.n AS msg_count,
            slot.avg_rpr AS avg_rpr,
            slot.avg_conv AS avg_conv,
            slot.confidence AS confidence
          FROM `eros_scheduling_brain.analyze_time_windows_at`(p_page_name, 90, p_now) AS slot
          ORDER BY ROUND(slot.avg_rpr, 6) DESC, slot.day_type, slot.hour_la
          LIMIT 20
        ) AS time_window_optimization,
        ARRAY(
          SELECT DISTINCT category AS category
          FROM UNNEST(
            (
              SELECT inventory.available_categories
              FROM `eros_scheduling_brain.creator_content_inventory` AS inventory
              WHERE LOWER(TRIM(inventory.page_name)) = LOWER(TRIM(p_page_name))
              ORDER BY inventory.inventory_date DESC, inventory.created_at DESC
              LIMIT 1
            )
          ) AS category
          ORDER BY category
        ) AS available_categories
      ))
  );
END;
