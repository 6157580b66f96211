-- Which weekdays sell on each page: each Los Angeles weekday against the other days of the window.
-- Reads PPV messages with recipients. Rates are ratios of sums; the t-test uses the spread of single messages.
-- t_rpr_approx is null when a side has fewer than two messages or nothing varies.
-- Read by: analyze_day_patterns, performance_reports. Source: messages_of_pages.
CREATE OR REPLACE TABLE FUNCTION `eros_scheduling_brain.day_patterns_at`(
  p_page_names ARRAY<STRING>,
  p_lookback_days INT64,
  p_now TIMESTAMP
)
RETURNS TABLE<
  page_name STRING,
  day_of_week_la INT64,
  n INT64,
  avg_rpr FLOAT64,
  avg_conv FLOAT64,
  t_rpr_approx FLOAT64,
  rpr_stat_sig BOOL
>
OPTIONS(description="RPR and conversion of each page per Los Angeles weekday (1 = Sunday), each tested against the other weekdays.")
AS
SELECT
  c.page_name,
  c.day_of_week_la,
  c.n,
  c.avg_rpr,
  c.avg_conv,
  c.rpr_test.t_statistic AS t_rpr_approx,
  c.rpr_test.is_significant AS rpr_stat_sig
FROM (
  WITH ppv_message AS (
    SELECT
      w.page_name, w.day_of_week_la, w.sent_count, w.viewed_count, w.purchased_count, w.earnings, w.rpr
    FROM `eros_scheduling_brain.messages_of_pages_at`(p_page_names, p_lookback_days, p_now) AS w
    WHERE w.message_type = 'PPV' AND w.sent_count > 0
  ),
  used_day AS (
    SELECT DISTINCT m.page_name, m.day_of_week_la
    FROM ppv_message AS m
  ),
  -- Every message stands once in each day's comparison: on its own side or on the side of the other days.
  side AS (
    SELECT
      d.page_name,
      d.day_of_week_la,
      m.day_of_week_la = d.day_of_week_la AS is_own,
      COUNT(*) AS n,
      SAFE_DIVIDE(SUM(m.earnings), SUM(m.sent_count)) AS avg_rpr,
      SAFE_DIVIDE(SUM(m.purchased_count), SUM(m.viewed_count)) AS avg_conv,
      AVG(m.rpr) AS mean_rpr,
      VAR_SAMP(m.rpr) AS variance_rpr
    FROM used_day AS d
    INNER JOIN ppv_message AS m ON m.page_name = d.page_name
    GROUP BY d.page_name, d.day_of_week_la, is_own
  )
  SELECT
    own.page_name,
    own.day_of_week_la,
    own.n,
    own.avg_rpr,
    own.avg_conv,
    `eros_scheduling_brain.welch_t_test`(
      own.n, own.mean_rpr, own.variance_rpr, rest.n, rest.mean_rpr, rest.variance_rpr
    ) AS rpr_test
  FROM side AS own
  LEFT JOIN side AS rest
    ON rest.page_name = own.page_name AND rest.day_of_week_la = own.day_of_week_la AND NOT rest.is_own
  WHERE own.is_own
) AS c;
