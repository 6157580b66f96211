-- What the evaluator is to do at p_now, given the signals: one row an alert that is to be raised, told of again, told of
-- for the first time (a job raised it), or closed. No row means silence.
-- FIRE: a condition is met, no alert of its rule, subject and level is open, and none of this or a more serious level was
-- told of within the rule's cooldown. Of what one signal says of one subject only the most serious level counts, in all
-- rules together, so that 13 hours are not told as 8 and as 12.
-- REMIND: an alert is open, nobody has acknowledged it, and its cooldown is over, 72 minutes at least: a policy sends 20
-- notifications a day.
-- TELL: a job raised an alert in the last day and nobody was told; COVERED: a rule that covers its kind tells of it.
-- HOLD, and so not told now: as TELL, but 20 alerts of that rule and level were told of in 24 hours.
-- RESOLVE: the condition of an open alert is gone, its rule says auto_resolve, and its signals are measured; or the rule is
-- no longer there.
-- Read by: evaluate_alerts_at. Source: declared_alert_rules, automation_alerts.
CREATE OR REPLACE TABLE FUNCTION `eros_scheduling_brain.alert_decisions_at`(
  p_signals ARRAY<STRUCT<signal STRING, subject STRING, value FLOAT64, details STRING, is_waiting BOOL>>,
  p_now TIMESTAMP
)
RETURNS TABLE<
  --: FIRE, REMIND, TELL, COVERED, HOLD or RESOLVE.
  action STRING,
  --: Row of automation_alerts that it is about; null for FIRE.
  alert_id STRING,
  --: Rule in declared_alert_rules; job_alerts for alerts that jobs raised.
  rule STRING,
  --: CRITICAL, WARNING or INFO.
  level STRING,
  --: What is wrong: the rule, with :subject where it has one; for alerts of jobs theirs.
  kind STRING,
  --: Value that met the condition; null for what never happened and for alerts of jobs.
  value FLOAT64,
  --: What was measured, in words on one line.
  measured STRING,
  --: What is well, in words.
  expected STRING
>
OPTIONS(description="Alerts to raise, to tell of and to close, given the signals, one row each.")
AS
SELECT a.action, a.alert_id, a.rule, a.level, a.kind, a.value, a.measured, a.expected
FROM (
  WITH
    recent AS (
      SELECT
        alert.alert_id,
        alert.alert_time,
        alert.alert_level,
        alert.alert_source,
        alert.alert_kind,
        alert.alert_message,
        COALESCE(alert.acknowledged, FALSE) AS is_seen,
        alert.notified_at,
        alert.resolved_at,
        alert.alert_source = 'alert_evaluation' AS is_own,
        IF(alert.alert_source = 'alert_evaluation', SPLIT(alert.alert_kind, ':')[OFFSET(0)], 'job_alerts') AS rule,
        SPLIT(alert.alert_kind, ':')[OFFSET(0)] AS base_kind,
        COALESCE(REGEXP_EXTRACT(alert.alert_kind, r':(.*)$'), '') AS subject,
        CASE alert.alert_level WHEN 'CRITICAL' THEN 3 WHEN 'WARNING' THEN 2 ELSE 1 END AS severity
      FROM `eros_scheduling_brain.automation_alerts` AS alert
      WHERE alert.alert_time > TIMESTAMP_SUB(p_now, INTERVAL 90 DAY) AND alert.alert_time <= p_now
    ),
    met AS (
      SELECT
        declared.rule,
        declared.level,
        part.subject,
        part.value,
        CASE declared.level WHEN 'CRITICAL' THEN 3 WHEN 'WARNING' THEN 2 ELSE 1 END AS severity,
        declared.expected,
        declared.cooldown_minutes,
        declared.covers,
        part.signal,
        `eros_scheduling_brain.alert_text`(
          declared.measured,
          CONCAT(
            'value=', `eros_scheduling_brain.plain_number`(part.value),
            '|threshold=', `eros_scheduling_brain.plain_number`(declared.threshold),
            '|unit=', declared.unit,
            '|subject=', REPLACE(part.subject, '|', ' '),
            '|signal=', declared.label,
            '|level=', declared.level,
            '|alert_time=', FORMAT_TIMESTAMP('%F %H:%M UTC', p_now),
            '|', part.details
          )
        ) AS measured
      FROM UNNEST(p_signals) AS part
      INNER JOIN `eros_scheduling_brain.declared_alert_rules` AS declared ON declared.signal = part.signal
      WHERE
        declared.is_enabled
        AND NOT part.is_waiting
        AND (
          part.value IS NULL
          OR IF(declared.comparison = 'ABOVE', part.value > declared.threshold, part.value < declared.threshold)
        )
    ),
    firing AS (
      SELECT
        worst.rule,
        worst.subject,
        MAX(worst.severity) AS severity,
        MAX(worst.cooldown_minutes) AS cooldown_minutes,
        ANY_VALUE(worst.covers) AS covers,
        MAX(worst.value) AS value,
        STRING_AGG(worst.measured, '; ' ORDER BY worst.signal) AS measured,
        STRING_AGG(worst.expected, '; ' ORDER BY worst.signal) AS expected,
        CONCAT(worst.rule, IF(worst.subject = '', '', CONCAT(':', worst.subject))) AS kind
      FROM (
        SELECT strongest.*, MAX(strongest.severity) OVER (PARTITION BY strongest.rule, strongest.subject) AS of_rule
        FROM (
          SELECT m.*, MAX(m.severity) OVER (PARTITION BY m.signal, m.subject) AS of_signal
          FROM met AS m
        ) AS strongest
        WHERE strongest.severity = strongest.of_signal
      ) AS worst
      WHERE worst.severity = worst.of_rule
      GROUP BY worst.rule, worst.subject
    ),
    decided AS (
      SELECT
        CASE
          WHEN state.open_id IS NULL THEN
            IF(
              COALESCE(state.told_at <= TIMESTAMP_SUB(p_now, INTERVAL state.cooldown_minutes MINUTE), TRUE), 'FIRE', ''
            )
          WHEN
            NOT state.is_seen
            AND COALESCE(
              state.told_at <= TIMESTAMP_SUB(p_now, INTERVAL GREATEST(state.cooldown_minutes, 72) MINUTE), TRUE
            )
          THEN 'REMIND'
          ELSE ''
        END AS action,
        state.open_id AS alert_id,
        state.rule,
        CASE state.severity WHEN 3 THEN 'CRITICAL' WHEN 2 THEN 'WARNING' ELSE 'INFO' END AS level,
        state.kind,
        state.value,
        state.measured,
        state.expected
      FROM (
        SELECT
          now.rule,
          now.kind,
          now.severity,
          now.cooldown_minutes,
          now.value,
          now.measured,
          now.expected,
          MAX(IF(earlier.resolved_at IS NULL AND earlier.severity = now.severity, earlier.alert_id, NULL)) AS open_id,
          COALESCE(
            LOGICAL_OR(earlier.resolved_at IS NULL AND earlier.severity = now.severity AND earlier.is_seen), FALSE
          ) AS is_seen,
          MAX(IF(earlier.severity >= now.severity, earlier.notified_at, NULL)) AS told_at
        FROM firing AS now
        LEFT JOIN recent AS earlier ON earlier.is_own AND earlier.alert_kind = now.kind
        GROUP BY now.rule, now.kind, now.severity, now.cooldown_minutes, now.value, now.measured, now.expected
      ) AS state
    )
  SELECT d.action, d.alert_id, d.rule, d.level, d.kind, d.value, d.measured, d.expected
  FROM decided AS d
  WHERE d.action != ''
  UNION ALL
  SELECT
    CASE WHEN raised.is_covered THEN 'COVERED' WHEN raised.told_24h >= 20 THEN 'HOLD' ELSE 'TELL' END AS action,
    raised.alert_id,
    'job_alerts' AS rule,
    raised.alert_level AS level,
    raised.alert_kind AS kind,
    CAST(NULL AS FLOAT64) AS value,
    `eros_scheduling_brain.alert_text`(
      raised.template,
      CONCAT(
        'subject=', REPLACE(raised.alert_kind, '|', ' '),
        '|source=', raised.alert_source,
        '|level=', raised.alert_level,
        '|value=1|unit=alerts|threshold=0|signal=', raised.label,
        '|alert_time=', FORMAT_TIMESTAMP('%F %H:%M UTC', raised.alert_time),
        '|details=', REPLACE(COALESCE(SUBSTR(raised.alert_message, STRPOS(raised.alert_message, '|') + 1), ''), '|', ', ')
      )
    ) AS measured,
    raised.expected
  FROM (
    SELECT
      r.alert_id,
      r.alert_time,
      r.alert_level,
      r.alert_kind,
      r.alert_source,
      r.alert_message,
      ANY_VALUE(declared.measured) AS template,
      ANY_VALUE(declared.label) AS label,
      ANY_VALUE(declared.expected) AS expected,
      ANY_VALUE(told.distinct_times) AS told_24h,
      COALESCE(LOGICAL_OR(covering.severity >= r.severity), FALSE) AS is_covered
    FROM recent AS r
    INNER JOIN `eros_scheduling_brain.declared_alert_rules` AS declared
      ON declared.rule = 'job_alerts' AND declared.level = r.alert_level AND declared.is_enabled
    LEFT JOIN (
      SELECT before.alert_level, COUNT(DISTINCT before.notified_at) AS distinct_times
      FROM recent AS before
      WHERE NOT before.is_own AND before.notified_at > TIMESTAMP_SUB(p_now, INTERVAL 24 HOUR)
      GROUP BY before.alert_level
    ) AS told ON told.alert_level = r.alert_level
    LEFT JOIN (
      SELECT f.subject, f.severity, covered_kind
      FROM firing AS f
      CROSS JOIN UNNEST(f.covers) AS covered_kind
    ) AS covering
      ON covering.covered_kind = r.base_kind AND (covering.subject = '' OR covering.subject = r.subject)
    WHERE
      NOT r.is_own
      AND r.notified_at IS NULL
      AND r.alert_time > TIMESTAMP_SUB(p_now, INTERVAL 24 HOUR)
      AND (NOT r.is_seen OR r.alert_level = 'INFO')
    GROUP BY r.alert_id, r.alert_time, r.alert_level, r.alert_kind, r.alert_source, r.alert_message
  ) AS raised
  UNION ALL
  SELECT
    'RESOLVE' AS action,
    open.alert_id,
    open.rule,
    open.alert_level AS level,
    open.alert_kind AS kind,
    CAST(NULL AS FLOAT64) AS value,
    '' AS measured,
    '' AS expected
  FROM recent AS open
  LEFT JOIN firing AS still ON still.kind = open.alert_kind AND still.severity = open.severity
  LEFT JOIN (
    SELECT declared.rule, LOGICAL_AND(declared.auto_resolve) AS auto_resolve, LOGICAL_AND(part.signal IS NOT NULL) AS is_measured
    FROM `eros_scheduling_brain.declared_alert_rules` AS declared
    LEFT JOIN (SELECT DISTINCT s.signal FROM UNNEST(p_signals) AS s) AS part ON part.signal = declared.signal
    WHERE declared.is_enabled
    GROUP BY declared.rule
  ) AS known ON known.rule = open.rule
  WHERE
    open.is_own
    AND open.resolved_at IS NULL
    AND still.kind IS NULL
    AND COALESCE(known.auto_resolve AND known.is_measured, TRUE)
) AS a;
