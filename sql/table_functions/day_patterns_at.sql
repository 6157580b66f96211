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
  --: Los Angeles weekday: 1 Sunday to 7 Saturday; only weekdays with messages have a row.
  day_of_week_la INT64,
  --: PPV messages with recipients on that weekday in the window.
  n INT64,
  --: Earnings / recipients of those messages in US dollars.
  avg_rpr FLOAT64,
  --: Purchases / views of those messages, a fraction; null without views.
  avg_conv FLOAT64,
  --: Welch's t of rpr against the other weekdays; null when a side has fewer than two messages or nothing varies.
  t_rpr_approx FLOAT64,
  --: TRUE when that t is significant at 5 %, two-sided; FALSE when it is null.
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
  -- Every message stands once in each day's comparison: on its own side or on the side of the other days.
  side AS (
    SELECT
      m.page_name,
      weekday,
      CAST(COUNTIF(m.day_of_week_la = weekday) AS INT64) AS n,
      SAFE_DIVIDE(
        SUM(IF(m.day_of_week_la = weekday, m.earnings, NULL)), SUM(IF(m.day_of_week_la = weekday, m.sent_count, NULL))
      ) AS avg_rpr,
      SAFE_DIVIDE(
        SUM(IF(m.day_of_week_la = weekday, m.purchased_count, NULL)),
        SUM(IF(m.day_of_week_la = weekday, m.viewed_count, NULL))
      ) AS avg_conv,
      AVG(IF(m.day_of_week_la = weekday, m.rpr, NULL)) AS mean_rpr,
      VAR_SAMP(IF(m.day_of_week_la = weekday, m.rpr, NULL)) AS variance_rpr,
      -- Without other days there is nothing to count, not a count of 0.
      NULLIF(CAST(COUNTIF(m.day_of_week_la != weekday) AS INT64), 0) AS rest_n,
      AVG(IF(m.day_of_week_la != weekday, m.rpr, NULL)) AS rest_mean_rpr,
      VAR_SAMP(IF(m.day_of_week_la != weekday, m.rpr, NULL)) AS rest_variance_rpr
    FROM ppv_message AS m
    CROSS JOIN UNNEST(GENERATE_ARRAY(1, 7)) AS weekday
    GROUP BY m.page_name, weekday
  )
  SELECT
    s.page_name,
    s.weekday AS day_of_week_la,
    s.n,
    s.avg_rpr,
    s.avg_conv,
    `eros_scheduling_brain.welch_t_test`(
      s.n, s.mean_rpr, s.variance_rpr, s.rest_n, s.rest_mean_rpr, s.rest_variance_rpr
    ) AS rpr_test
  FROM side AS s
  WHERE s.n > 0
) AS c;
