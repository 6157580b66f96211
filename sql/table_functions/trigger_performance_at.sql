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
  --: Urgency, Exclusivity, Scarcity, Social Proof, Curiosity or General; only those with messages have a row.
  psychological_trigger STRING,
  --: PPV messages with recipients in the window whose caption has the trigger.
  msg_count INT64,
  --: Earnings / recipients of those messages in US dollars, 4 decimals.
  avg_rpr FLOAT64,
  --: Purchases / views of those messages, a fraction, 4 decimals; null without views.
  avg_conv FLOAT64,
  --: avg_rpr against that of the page's other captioned messages, in percent, 2 decimals; null when those are none or
  --: earned nothing.
  rpr_lift_pct FLOAT64,
  --: avg_conv against that of the page's other captioned messages, in percent, 2 decimals; null when those have none.
  conv_lift_pct FLOAT64,
  --: TRUE when the pooled z-test of both conversion rates is significant at 5 %, two-sided.
  conv_stat_sig BOOL,
  --: TRUE when Welch's t-test of both rpr is significant at 5 %, two-sided.
  rpr_stat_sig BOOL,
  --: 95 % Wilson interval of avg_conv, 0 to 1, 4 decimals; 0 and 1 without views.
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
  -- Every message stands once in each trigger's comparison: on its own side or on the side of the rest. The casts keep
  -- INT64 on an engine that adds in a wider type: figures that cannot be added up fail there too.
  side AS (
    SELECT
      m.page_name,
      trigger_name,
      CAST(COUNTIF(m.psychological_trigger = trigger_name) AS INT64) AS n,
      CAST(SUM(IF(m.psychological_trigger = trigger_name, m.sent_count, NULL)) AS INT64) AS sent,
      CAST(SUM(IF(m.psychological_trigger = trigger_name, m.viewed_count, NULL)) AS INT64) AS viewed,
      CAST(SUM(IF(m.psychological_trigger = trigger_name, m.purchased_count, NULL)) AS INT64) AS purchased,
      SUM(IF(m.psychological_trigger = trigger_name, m.earnings, NULL)) AS earnings,
      AVG(IF(m.psychological_trigger = trigger_name, m.rpr, NULL)) AS mean_rpr,
      VAR_SAMP(IF(m.psychological_trigger = trigger_name, m.rpr, NULL)) AS variance_rpr,
      CAST(COUNTIF(m.psychological_trigger != trigger_name) AS INT64) AS rest_n,
      CAST(SUM(IF(m.psychological_trigger != trigger_name, m.sent_count, NULL)) AS INT64) AS rest_sent,
      CAST(SUM(IF(m.psychological_trigger != trigger_name, m.viewed_count, NULL)) AS INT64) AS rest_viewed,
      CAST(SUM(IF(m.psychological_trigger != trigger_name, m.purchased_count, NULL)) AS INT64) AS rest_purchased,
      SUM(IF(m.psychological_trigger != trigger_name, m.earnings, NULL)) AS rest_earnings,
      AVG(IF(m.psychological_trigger != trigger_name, m.rpr, NULL)) AS rest_mean_rpr,
      VAR_SAMP(IF(m.psychological_trigger != trigger_name, m.rpr, NULL)) AS rest_variance_rpr
    FROM captioned_message AS m
    -- Those of caption_bank_enriched: a list here, because taking it from the messages would read them twice.
    CROSS JOIN UNNEST(
      ['Urgency', 'Exclusivity', 'Scarcity', 'Social Proof', 'Curiosity', 'General']
    ) AS trigger_name
    GROUP BY m.page_name, trigger_name
  ),
  comparison AS (
    SELECT
      s.page_name,
      s.trigger_name AS psychological_trigger,
      s.n,
      s.viewed,
      s.purchased,
      SAFE_DIVIDE(s.earnings, s.sent) AS avg_rpr,
      SAFE_DIVIDE(s.purchased, s.viewed) AS avg_conv,
      s.mean_rpr,
      s.variance_rpr,
      -- Without a rest there is nothing to count, not a count of 0.
      NULLIF(s.rest_n, 0) AS rest_n,
      s.rest_viewed,
      SAFE_DIVIDE(s.rest_earnings, s.rest_sent) AS rest_rpr,
      SAFE_DIVIDE(s.rest_purchased, s.rest_viewed) AS rest_conv,
      s.rest_mean_rpr,
      s.rest_variance_rpr,
      -- Capped: sources hold messages with more purchases than views, and p(1-p) must stay under the root.
      LEAST(1, SAFE_DIVIDE(s.purchased + s.rest_purchased, s.viewed + s.rest_viewed)) AS pooled_conv
    FROM side AS s
    WHERE s.n > 0
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
