-- Second half of the report of pages, from their last 90 days: what sells and when, and which content they have.
-- See report_standings_at for the first half and for why there are two.
-- A page that nobody knows (also null or malformed) gets a row too, with empty arrays. Keys and their order are the
-- contract with the readers; compare it parsed.
-- Read by: analyze_creator_performance (one page), run_daily_automation (all). Source: the analyses named below.
CREATE OR REPLACE TABLE FUNCTION `eros_scheduling_brain.report_rankings_at`(
  p_page_names ARRAY<STRING>,
  p_now TIMESTAMP
)
RETURNS TABLE<
  --: One of p_page_names: lower case, trimmed; one row each.
  page_name STRING,
  --: JSON object of arrays: psychological_trigger_analysis, content_category_performance, day_of_week_patterns,
  --: time_window_optimization, available_categories; empty ones for an unknown page.
  rankings STRING
>
OPTIONS(description="Best triggers, content, weekdays and hours of each page for the 90 days before p_now as a JSON object; one row a page.")
AS
SELECT
  c.page_name,
  c.rankings
FROM (
  WITH page AS (
    SELECT DISTINCT LOWER(TRIM(name)) AS page_name
    FROM UNNEST(p_page_names) AS name
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
      COALESCE(best_triggers.listed, []) AS psychological_trigger_analysis,
      COALESCE(best_content.listed, []) AS content_category_performance,
      COALESCE(weekdays.listed, []) AS day_of_week_patterns,
      COALESCE(best_slots.listed, []) AS time_window_optimization,
      COALESCE(available.listed, []) AS available_categories
    )) AS rankings
  FROM page
  LEFT JOIN best_triggers ON best_triggers.page_name = page.page_name
  LEFT JOIN best_content ON best_content.page_name = page.page_name
  LEFT JOIN weekdays ON weekdays.page_name = page.page_name
  LEFT JOIN best_slots ON best_slots.page_name = page.page_name
  LEFT JOIN available ON available.page_name = page.page_name
) AS c;
