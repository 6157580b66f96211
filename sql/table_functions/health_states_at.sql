-- The checks of the health score at p_now, given the signals: each rule with health: true in config/alerts.yaml, its
-- worst value and its state.
-- UNKNOWN: a signal of the rule was not measured, or an age has no start. Where two rules judge one signal, the
-- one with the less serious result is OK: a signal takes points off the score once.
-- Read by: run_health_check_at. Source: declared_alert_rules.
CREATE OR REPLACE TABLE FUNCTION `eros_scheduling_brain.health_states_at`(
  p_signals ARRAY<STRUCT<
    signal STRING, subject STRING, value FLOAT64, since TIMESTAMP, details STRING, is_waiting BOOL, cadence STRING,
    measured_at TIMESTAMP
  >>,
  p_now TIMESTAMP
)
RETURNS TABLE<
  --: Rule in declared_alert_rules.
  rule STRING,
  --: The rule in a few words.
  title STRING,
  --: The value furthest on the bad side; null when it is unknown.
  value FLOAT64,
  --: Unit of value and thresholds.
  unit STRING,
  --: ABOVE or BELOW: on which side of a threshold it is bad.
  comparison STRING,
  --: Threshold of WARNING; null without one.
  warning_threshold FLOAT64,
  --: Threshold of CRITICAL; null without one.
  critical_threshold FLOAT64,
  --: OK, WARNING, CRITICAL, UNKNOWN or WAITING.
  state STRING
>
OPTIONS(description="Value, thresholds and state of each check of the health score.")
AS
SELECT
  ranked.rule,
  ranked.title,
  ranked.value,
  ranked.unit,
  ranked.comparison,
  ranked.warning_threshold,
  ranked.critical_threshold,
  IF(ranked.state IN ('WARNING', 'CRITICAL', 'UNKNOWN') AND ranked.place > 1, 'OK', ranked.state) AS state
FROM (
  SELECT
    judged.*,
    ROW_NUMBER() OVER (
      PARTITION BY judged.signal
      ORDER BY
        CASE judged.state WHEN 'UNKNOWN' THEN 3 WHEN 'CRITICAL' THEN 2 WHEN 'WARNING' THEN 1 ELSE 0 END DESC,
        judged.rule
    ) AS place
  FROM (
    SELECT
      checked.rule,
      checked.title,
      checked.signal,
      checked.value,
      checked.unit,
      checked.comparison,
      checked.warning_threshold,
      checked.critical_threshold,
      CASE
        WHEN checked.measured = 0 THEN 'UNKNOWN'
        WHEN checked.measured = checked.waiting THEN 'WAITING'
        WHEN checked.value IS NULL THEN 'UNKNOWN'
        WHEN
          IF(
            checked.comparison = 'ABOVE',
            checked.value > checked.critical_threshold,
            checked.value < checked.critical_threshold
          )
        THEN 'CRITICAL'
        WHEN
          IF(
            checked.comparison = 'ABOVE',
            checked.value > checked.warning_threshold,
            checked.value < checked.warning_threshold
          )
        THEN 'WARNING'
        ELSE 'OK'
      END AS state
    FROM (
      SELECT
        declared.rule,
        ANY_VALUE(declared.title) AS title,
        declared.signal,
        ANY_VALUE(declared.unit) AS unit,
        declared.comparison,
        MAX(IF(declared.level = 'WARNING', declared.threshold, NULL)) AS warning_threshold,
        MAX(IF(declared.level = 'CRITICAL', declared.threshold, NULL)) AS critical_threshold,
        COUNT(part.signal) AS measured,
        COUNTIF(part.is_waiting) AS waiting,
        IF(declared.comparison = 'ABOVE', MAX(part.age_or_value), MIN(part.age_or_value)) AS value
      FROM `eros_scheduling_brain.declared_alert_rules` AS declared
      LEFT JOIN (
        SELECT
          s.signal,
          s.is_waiting,
          COALESCE(s.value, TIMESTAMP_DIFF(p_now, s.since, SECOND) / 3600) AS age_or_value
        FROM UNNEST(p_signals) AS s
      ) AS part ON part.signal = declared.signal
      WHERE declared.counts_for_health
      GROUP BY declared.rule, declared.signal, declared.comparison
    ) AS checked
  ) AS judged
) AS ranked;
