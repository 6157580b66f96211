-- Which weekdays convert better or worse than the page as a whole, over the last 30 days, and by how much the
-- volume of such a day may change. PPV messages with recipients; weekdays with fewer than three are left out.
-- conversion_index = conversion of the weekday / conversion of the page. Without an index the day is NORMAL.
-- Read by: day_of_week_performance. Source: message_facts.
CREATE OR REPLACE TABLE FUNCTION `eros_scheduling_brain.day_of_week_performance_at`(p_now TIMESTAMP)
RETURNS TABLE<
  page_name STRING,
  day_of_week_la INT64,
  --: PPV messages of the page on that weekday in the 30 days (of 24 hours) before p_now; at least 3.
  message_count INT64,
  --: Purchases / views of those messages, a fraction; null without views.
  avg_conversion FLOAT64,
  --: The same over all weekdays that the page has rows for.
  overall_conversion FLOAT64,
  --: avg_conversion / overall_conversion, 6 decimals: 1 is as usual; null without views of the day or purchases.
  conversion_index FLOAT64,
  --: HIGH_PERFORMER above an index of 1.20, LOW below 0.80, else (also when null) NORMAL.
  performance_label STRING,
  --: Factor on the messages of the weekday, 0.70 to 1.30 by conversion_index; 1.00 when that is null.
  volume_multiplier FLOAT64
>
OPTIONS(description="Conversion of each Los Angeles weekday (1 = Sunday) against the page, over the 30 days before p_now, with a volume multiplier.")
AS
SELECT
  i.page_name,
  i.day_of_week_la,
  i.message_count,
  i.avg_conversion,
  i.overall_conversion,
  i.conversion_index,
  CASE
    WHEN i.conversion_index > 1.20 THEN 'HIGH_PERFORMER'
    WHEN i.conversion_index < 0.80 THEN 'LOW'
    ELSE 'NORMAL'
  END AS performance_label,
  CASE
    WHEN i.conversion_index > 1.40 THEN 1.30
    WHEN i.conversion_index > 1.20 THEN 1.20
    WHEN i.conversion_index >= 0.90 OR i.conversion_index IS NULL THEN 1.00
    WHEN i.conversion_index >= 0.70 THEN 0.85
    ELSE 0.70
  END AS volume_multiplier
FROM (
  WITH weekday AS (
    SELECT
      m.page_name,
      m.day_of_week_la,
      COUNT(*) AS message_count,
      SUM(m.purchased_count) AS purchased,
      SUM(m.viewed_count) AS viewed
    FROM `eros_scheduling_brain.message_facts` AS m
    WHERE m.message_type = 'PPV'
      AND m.sent_count > 0
      AND m.sending_time > TIMESTAMP_SUB(p_now, INTERVAL 30 * 24 HOUR)
      AND m.sending_time <= p_now
    GROUP BY m.page_name, m.day_of_week_la
  ),
  -- The page's conversion counts all its weekdays, the thin ones too.
  compared AS (
    SELECT
      w.page_name,
      w.day_of_week_la,
      w.message_count,
      SAFE_DIVIDE(w.purchased, w.viewed) AS avg_conversion,
      SAFE_DIVIDE(
        SUM(w.purchased) OVER (PARTITION BY w.page_name), SUM(w.viewed) OVER (PARTITION BY w.page_name)
      ) AS overall_conversion
    FROM weekday AS w
  )
  SELECT
    x.page_name,
    x.day_of_week_la,
    x.message_count,
    x.avg_conversion,
    x.overall_conversion,
    ROUND(SAFE_DIVIDE(x.avg_conversion, x.overall_conversion), 6) AS conversion_index
  FROM compared AS x
  WHERE x.message_count >= 3
) AS i;
