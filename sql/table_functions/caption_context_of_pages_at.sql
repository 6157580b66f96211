-- What each page has sent of late and has planned for the target week, as far as the next selection looks at it.
-- One row a page, also for a page without history: empty lists and zeros.
-- Seen: sends of the seven Los Angeles days up to today, newest first by (date, hour, caption). The categories are
-- the 5 latest different ones, the price tiers the 7 latest different ones, the urgency that of the 3 latest sends.
-- Target week: the seven days from tomorrow; its urgent sends count towards the weekly budget.
-- Read by: caption_context_at, scored_captions_of_pages_at. Sources: caption_usage, caption_bank.
CREATE OR REPLACE TABLE FUNCTION `eros_scheduling_brain.caption_context_of_pages_at`(
  p_pages ARRAY<STRING>,
  p_now TIMESTAMP
)
RETURNS TABLE<
  --: One of p_pages: lower case, trimmed; one row each.
  page_name STRING,
  --: The 5 latest different content categories of the last seven Los Angeles days, newest first, lower case ('' for
  --: none); empty without sends.
  seen_categories ARRAY<STRING>,
  --: The 7 latest different price tiers of the same days, newest first, lower case; empty without sends.
  seen_tiers ARRAY<STRING>,
  --: TRUE when one of the 3 latest sends of the same days is urgent.
  has_recent_urgency BOOL,
  --: Urgent sends planned for the seven Los Angeles days from tomorrow.
  week_urgent INT64
>
OPTIONS(description="Categories, price tiers and urgency that each page used in the last 7 days, and its urgent sends of the coming week; one row a page.")
AS
SELECT
  c.page_name,
  COALESCE(c.seen_categories, []) AS seen_categories,
  COALESCE(c.seen_tiers, []) AS seen_tiers,
  c.has_recent_urgency,
  c.week_urgent
FROM (
  WITH
    page AS (
      SELECT DISTINCT LOWER(TRIM(name)) AS page_name
      FROM UNNEST(p_pages) AS name
    ),
    usage AS (
      SELECT
        u.page_name,
        u.scheduled_send_date > DATE(p_now, 'America/Los_Angeles') AS is_planned,
        COALESCE(LOWER(TRIM(b.content_category)), '') AS category_key,
        LOWER(TRIM(COALESCE(u.price_tier, b.price_tier))) AS tier_key,
        COALESCE(b.has_urgency, FALSE) AS is_urgent,
        -- Planned sends come first in this order; they are left out of what was seen, so only differences count.
        ROW_NUMBER() OVER (
          PARTITION BY u.page_name, u.scheduled_send_date > DATE(p_now, 'America/Los_Angeles')
          ORDER BY u.scheduled_send_date DESC, u.scheduled_send_hour DESC, u.caption_id DESC, u.price_tier
        ) AS recency
      FROM `eros_scheduling_brain.caption_usage` AS u
      INNER JOIN page ON page.page_name = u.page_name
      LEFT JOIN `eros_scheduling_brain.caption_bank` AS b ON b.caption_id = u.caption_id
      WHERE u.scheduled_send_date >= DATE_SUB(DATE(p_now, 'America/Los_Angeles'), INTERVAL 6 DAY)
        AND u.scheduled_send_date <= DATE_ADD(DATE(p_now, 'America/Los_Angeles'), INTERVAL 7 DAY)
    ),
    placed AS (
      SELECT
        s.*,
        ROW_NUMBER() OVER (PARTITION BY s.page_name, s.is_planned, s.category_key ORDER BY s.recency) AS category_place,
        ROW_NUMBER() OVER (PARTITION BY s.page_name, s.is_planned, s.tier_key ORDER BY s.recency) AS tier_place
      FROM usage AS s
    ),
    numbered AS (
      -- How many different ones have been seen up to this send; the first sends of each are taken below.
      SELECT
        s.*,
        COUNTIF(s.category_place = 1) OVER (PARTITION BY s.page_name, s.is_planned ORDER BY s.recency) AS categories,
        COUNTIF(s.tier_place = 1 AND s.tier_key IS NOT NULL)
          OVER (PARTITION BY s.page_name, s.is_planned ORDER BY s.recency) AS tiers
      FROM placed AS s
    )
  SELECT
    page.page_name,
    ARRAY_AGG(
      IF(NOT s.is_planned AND s.category_place = 1 AND s.categories <= 5, s.category_key, NULL) IGNORE NULLS
      ORDER BY s.recency
    ) AS seen_categories,
    ARRAY_AGG(
      IF(NOT s.is_planned AND s.tier_place = 1 AND s.tiers <= 7, s.tier_key, NULL) IGNORE NULLS
      ORDER BY s.recency
    ) AS seen_tiers,
    COALESCE(LOGICAL_OR(NOT s.is_planned AND s.recency <= 3 AND s.is_urgent), FALSE) AS has_recent_urgency,
    CAST(COUNTIF(s.is_planned AND s.is_urgent) AS INT64) AS week_urgent
  FROM page
  LEFT JOIN numbered AS s ON s.page_name = page.page_name
  GROUP BY page.page_name
) AS c;
