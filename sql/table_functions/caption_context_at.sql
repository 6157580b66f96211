-- What a page has sent of late and has planned for the target week, as far as the next selection looks at it.
-- Always one row, also for a page without history: empty lists and zeros.
-- Seen: sends of the seven Los Angeles days up to today, newest first by (date, hour, caption). The categories are
-- the 5 latest different ones, the price tiers the 7 latest different ones, the urgency that of the 3 latest sends.
-- Target week: the seven days from tomorrow; its urgent sends count towards the weekly budget.
-- Read by: scored_captions_at. Sources: caption_usage, caption_bank.
CREATE OR REPLACE TABLE FUNCTION `eros_scheduling_brain.caption_context_at`(p_page STRING, p_now TIMESTAMP)
RETURNS TABLE<
  seen_categories ARRAY<STRING>,
  seen_tiers ARRAY<STRING>,
  has_recent_urgency BOOL,
  week_urgent INT64
>
OPTIONS(description="Categories, price tiers and urgency that a page used in the last 7 days, and its urgent sends of the coming week.")
AS
SELECT
  c.seen_categories,
  c.seen_tiers,
  c.has_recent_urgency,
  c.week_urgent
FROM (
  WITH
    usage AS (
      SELECT
        u.scheduled_send_date > `eros_scheduling_brain.la_date`(p_now) AS is_planned,
        COALESCE(LOWER(TRIM(b.content_category)), '') AS category_key,
        LOWER(TRIM(COALESCE(u.price_tier, b.price_tier))) AS tier_key,
        COALESCE(b.has_urgency, FALSE) AS is_urgent,
        -- Planned sends come first in this order; they are left out of what was seen, so only differences count.
        ROW_NUMBER() OVER (
          PARTITION BY u.scheduled_send_date > `eros_scheduling_brain.la_date`(p_now)
          ORDER BY u.scheduled_send_date DESC, u.scheduled_send_hour DESC, u.caption_id DESC, u.price_tier
        ) AS recency
      FROM `eros_scheduling_brain.caption_usage` AS u
      LEFT JOIN `eros_scheduling_brain.caption_bank` AS b ON b.caption_id = u.caption_id
      WHERE u.page_name = LOWER(TRIM(p_page))
        AND u.scheduled_send_date >= DATE_SUB(`eros_scheduling_brain.la_date`(p_now), INTERVAL 6 DAY)
        AND u.scheduled_send_date <= DATE_ADD(`eros_scheduling_brain.la_date`(p_now), INTERVAL 7 DAY)
    ),
    category AS (
      SELECT s.category_key AS category_key, MIN(s.recency) AS recency
      FROM usage AS s
      WHERE NOT s.is_planned
      GROUP BY s.category_key
    ),
    tier AS (
      SELECT s.tier_key AS tier_key, MIN(s.recency) AS recency
      FROM usage AS s
      WHERE NOT s.is_planned AND s.tier_key IS NOT NULL
      GROUP BY s.tier_key
    )
  SELECT
    ARRAY(SELECT k.category_key FROM category AS k ORDER BY k.recency LIMIT 5) AS seen_categories,
    ARRAY(SELECT k.tier_key FROM tier AS k ORDER BY k.recency LIMIT 7) AS seen_tiers,
    EXISTS (
      SELECT 1 FROM usage AS s WHERE NOT s.is_planned AND s.recency <= 3 AND s.is_urgent
    ) AS has_recent_urgency,
    (SELECT COUNT(*) FROM usage AS s WHERE s.is_planned AND s.is_urgent) AS week_urgent
) AS c;
