-- Which psychological triggers sell on each page: each trigger against the rest of the page's captioned messages.
-- The rest, not the whole: a trigger compared with a sum that contains itself is partly compared with itself.
-- Reads PPV messages with recipients whose caption is in the bank. Rates are ratios of sums; the t-test uses
-- the spread of single messages, the z-test pools purchases of views. Lift is in percent.
-- Read by: analyze_trigger_performance, performance_reports. Source: messages_of_pages, caption_bank_enriched.
CREATE OR REPLACE TABLE FUNCTION `eros_scheduling_brain.trigger_performance_at`(
  p_page_names ARRAY<STRING>,
  p_lookback_days INT64,
  p_now TIMESTAMP
)
RETURNS TABLE<
  page_name STRING,
  psychological_trigger STRING,
  msg_count INT64,
  avg_rpr FLOAT64,
  avg_conv FLOAT64,
  rpr_lift_pct FLOAT64,
  conv_lift_pct FLOAT64,
  conv_stat_sig BOOL,
  rpr_stat_sig BOOL,
  conv_ci STRUCT<lower FLOAT64, upper FLOAT64>
>
OPTIONS(description="RPR and conversion of each psychological trigger of each page against its other captioned PPV messages, with significance.")
AS
SELECT
  c.page_name,
  c.psychological_trigger,
  c.msg_count,
  ROUND(c.avg_rpr, 4) AS avg_rpr,
  ROUND(c.avg_conv, 4) AS avg_conv,
  ROUND((SAFE_DIVIDE(c.avg_rpr, c.rest_rpr) - 1) * 100, 2) AS rpr_lift_pct,
  ROUND((SAFE_DIVIDE(c.avg_conv, c.rest_conv) - 1) * 100, 2) AS conv_lift_pct,
  COALESCE(ABS(ROUND(c.conv_z, 6)) >= 1.96, FALSE) AS conv_stat_sig,
  c.rpr_test.is_significant AS rpr_stat_sig,
  STRUCT(
    ROUND(c.conv_interval.lower_bound, 4) AS lower,
    ROUND(c.conv_interval.upper_bound, 4) AS upper
  ) AS conv_ci
FROM (
  WITH captioned_message AS (
    SELECT
      w.page_name, b.psychological_trigger, w.sent_count, w.viewed_count, w.purchased_count, w.earnings, w.rpr
    FROM `eros_scheduling_brain.messages_of_pages_at`(p_page_names, p_lookback_days, p_now) AS w
    INNER JOIN `eros_scheduling_brain.caption_bank_enriched` AS b ON b.caption_id = w.caption_id
    WHERE w.message_type = 'PPV' AND w.sent_count > 0
  ),
  used_trigger AS (
    SELECT DISTINCT m.page_name, m.psychological_trigger
    FROM captioned_message AS m
  ),
  -- Every message stands once in each trigger's comparison: on its own side or on the side of the rest.
  side AS (
    SELECT
      t.page_name,
      t.psychological_trigger,
      m.psychological_trigger = t.psychological_trigger AS is_own,
      COUNT(*) AS n,
      SUM(m.sent_count) AS sent,
      SUM(m.viewed_count) AS viewed,
      SUM(m.purchased_count) AS purchased,
      SUM(m.earnings) AS earnings,
      AVG(m.rpr) AS mean_rpr,
      VAR_SAMP(m.rpr) AS variance_rpr
    FROM used_trigger AS t
    INNER JOIN captioned_message AS m ON m.page_name = t.page_name
    GROUP BY t.page_name, t.psychological_trigger, is_own
  ),
  comparison AS (
    SELECT
      own.page_name,
      own.psychological_trigger,
      own.n,
      own.viewed,
      own.purchased,
      SAFE_DIVIDE(own.earnings, own.sent) AS avg_rpr,
      SAFE_DIVIDE(own.purchased, own.viewed) AS avg_conv,
      own.mean_rpr,
      own.variance_rpr,
      rest.n AS rest_n,
      rest.viewed AS rest_viewed,
      SAFE_DIVIDE(rest.earnings, rest.sent) AS rest_rpr,
      SAFE_DIVIDE(rest.purchased, rest.viewed) AS rest_conv,
      rest.mean_rpr AS rest_mean_rpr,
      rest.variance_rpr AS rest_variance_rpr,
      -- Capped: sources hold messages with more purchases than views, and p(1-p) must stay under the root.
      LEAST(1, SAFE_DIVIDE(own.purchased + rest.purchased, own.viewed + rest.viewed)) AS pooled_conv
    FROM side AS own
    LEFT JOIN side AS rest
      ON rest.page_name = own.page_name
      AND rest.psychological_trigger = own.psychological_trigger
      AND NOT rest.is_own
    WHERE own.is_own
  )
  SELECT
    x.page_name,
    x.psychological_trigger,
    x.n AS msg_count,
    x.avg_rpr,
    x.avg_conv,
    x.rest_rpr,
    x.rest_conv,
    SAFE_DIVIDE(
      x.avg_conv - x.rest_conv,
      SQRT(x.pooled_conv * (1 - x.pooled_conv) * (SAFE_DIVIDE(1, x.viewed) + SAFE_DIVIDE(1, x.rest_viewed)))
    ) AS conv_z,
    `eros_scheduling_brain.welch_t_test`(
      x.n, x.mean_rpr, x.variance_rpr, x.rest_n, x.rest_mean_rpr, x.rest_variance_rpr
    ) AS rpr_test,
    `eros_scheduling_brain.wilson_score_bounds`(
      CAST(x.purchased AS INT64), CAST(x.viewed - x.purchased AS INT64)
    ) AS conv_interval
  FROM comparison AS x
) AS c;
