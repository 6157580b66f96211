-- First half of the report of pages, from their last 90 days: when, how fresh the data are, size, segment, saturation.
-- The other half is report_rankings_at. Two statements of all pages each: BigQuery bills a statement for everything
-- that it reads, so a statement a page would be billed for the same messages for every page, and it plans a table
-- function anew for each use, so that all analyses in one statement are too many readings (docs/decisions/0008).
-- A page that nobody knows (also null or malformed) gets a row too: no classification, neutral segment and
-- saturation. Keys and their order are the contract with the readers; compare it parsed.
-- Read by: analyze_creator_performance (one page), run_daily_automation (all). Source: the analyses named below.
CREATE OR REPLACE TABLE FUNCTION `eros_scheduling_brain.report_standings_at`(
  p_page_names ARRAY<STRING>,
  p_now TIMESTAMP
)
RETURNS TABLE<
  --: One of p_page_names: lower case, trimmed; one row each.
  page_name STRING,
  --: JSON object: creator_name, analysis_timestamp and data_freshness (UTC), account_classification (null without
  --: viewed messages), behavioral_segment, saturation.
  standing STRING
>
OPTIONS(description="Size, segment and saturation of each page for the 90 days before p_now as a JSON object; one row a page.")
AS
SELECT
  c.page_name,
  c.standing
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
  finding AS (
    SELECT
      f.page_name, f.exclusion_reason, f.view_rate_deviation, f.rpr_deviation, f.run_days, f.confidence
    FROM `eros_scheduling_brain.saturation_findings_at`(p_page_names, p_now) AS f
  ),
  weighed AS (
    SELECT
      page.page_name,
      freshness.latest_message,
      size.classification,
      segment.behaviour,
      finding.exclusion_reason,
      `eros_scheduling_brain.saturation_advice`(
        COALESCE(size.classification.size_tier, 'MEDIUM'), finding.exclusion_reason, finding.view_rate_deviation,
        finding.rpr_deviation, finding.run_days, finding.confidence
      ) AS advice
    FROM page
    CROSS JOIN freshness
    -- Every page has one segment and one saturation, a null page too, which equals nothing.
    INNER JOIN segment ON segment.page_name IS NOT DISTINCT FROM page.page_name
    INNER JOIN finding ON finding.page_name IS NOT DISTINCT FROM page.page_name
    LEFT JOIN size ON size.page_name = page.page_name
  )
  SELECT
    w.page_name,
    TO_JSON_STRING(STRUCT(
      w.page_name AS creator_name,
      FORMAT_TIMESTAMP('%Y-%m-%dT%H:%M:%SZ', p_now) AS analysis_timestamp,
      w.latest_message AS data_freshness,
      w.classification AS account_classification,
      w.behaviour AS behavioral_segment,
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
      ) AS saturation
    )) AS standing
  FROM weighed AS w
) AS c;
