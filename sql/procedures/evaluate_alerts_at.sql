-- Compares the signals with the alert rules at p_now, writes what is to be told into automation_alerts, and then raises
-- one message that Cloud Monitoring's log-match policies turn into notifications, a policy for each rule and level:
--   EROS_ALERT|RULE=LEVEL:TEXT|RULE=LEVEL:TEXT|
-- the most serious first. With nothing to tell it ends quietly. So a run of it that failed with this message has done its
-- work; one that failed with another has not. What it writes stays, because it is written before.
-- Between a row that is written and the message nothing can fail but the run itself; whoever misses a message hears
-- of it again when the rule's cooldown is over.
-- Writes automation_alerts. Has no job run of its own: the transfer service keeps one.
CREATE OR REPLACE PROCEDURE `eros_scheduling_brain.evaluate_alerts_at`(p_now TIMESTAMP)
OPTIONS(description="Raises EROS_ALERT with the alert rules that are met at p_now and have not been told of.")
BEGIN
  DECLARE v_signals ARRAY<STRUCT<signal STRING, subject STRING, value FLOAT64, details STRING, is_waiting BOOL>>;
  DECLARE v_decisions ARRAY<STRUCT<
    action STRING, alert_id STRING, rule STRING, level STRING, kind STRING, value FLOAT64, measured STRING, expected STRING
  >>;
  DECLARE v_message STRING;

  IF p_now IS NULL THEN
    RAISE USING MESSAGE = 'EROS_INVALID|p_now is null';
  END IF;

  SET v_signals = ARRAY(
    SELECT STRUCT(s.signal, s.subject, s.value, s.details, s.is_waiting)
    FROM `eros_scheduling_brain.alert_signals_at`(p_now) AS s
  );
  SET v_decisions = ARRAY(
    SELECT STRUCT(d.action, d.alert_id, d.rule, d.level, d.kind, d.value, d.measured, d.expected)
    FROM `eros_scheduling_brain.alert_decisions_at`(v_signals, p_now) AS d
    WHERE d.action != 'HOLD'
  );

  -- cost: once a day because there is seldom something to write
  IF ARRAY_LENGTH(v_decisions) > 0 THEN
    INSERT INTO `eros_scheduling_brain.automation_alerts`
      (
        alert_id, alert_time, alert_level, alert_source, alert_kind, alert_message, measured, expected,
        acknowledged, acknowledged_at, acknowledged_by, notified_at, notifications, resolved_at, resolved_by
      )
    SELECT
      GENERATE_UUID(),
      p_now,
      d.level,
      'alert_evaluation',
      d.kind,
      CONCAT(d.kind, '|measured=', d.measured, '|expected=', d.expected),
      d.value,
      d.expected,
      d.level = 'INFO',
      IF(d.level = 'INFO', p_now, NULL),
      IF(d.level = 'INFO', 'system', NULL),
      p_now,
      1,
      IF(d.level = 'INFO', p_now, NULL),
      IF(d.level = 'INFO', 'system', NULL)
    FROM UNNEST(v_decisions) AS d
    WHERE d.action = 'FIRE';

    UPDATE `eros_scheduling_brain.automation_alerts` AS alert
    SET
      notified_at = IF(d.action = 'RESOLVE', alert.notified_at, p_now),
      notifications = COALESCE(alert.notifications, 0) + IF(d.action IN ('TELL', 'REMIND'), 1, 0),
      resolved_at = IF(d.action = 'RESOLVE', p_now, alert.resolved_at),
      resolved_by = IF(d.action = 'RESOLVE', 'system', alert.resolved_by)
    FROM (
      SELECT decision.alert_id, decision.action
      FROM UNNEST(v_decisions) AS decision
      WHERE decision.alert_id IS NOT NULL
    ) AS d
    WHERE alert.alert_id = d.alert_id;

    SET v_message = (
      SELECT STRING_AGG(told.entry, '' ORDER BY told.severity DESC, told.rule)
      FROM (
        SELECT
          d.rule,
          MAX(CASE d.level WHEN 'CRITICAL' THEN 3 WHEN 'WARNING' THEN 2 ELSE 1 END) AS severity,
          CONCAT(
            '|', d.rule, '=', d.level, ':',
            SUBSTR(STRING_AGG(d.measured, '; ' ORDER BY d.kind LIMIT 3), 1, 300),
            IF(COUNT(*) > 3, CONCAT(' and ', CAST(COUNT(*) - 3 AS STRING), ' more'), '')
          ) AS entry
        FROM UNNEST(v_decisions) AS d
        WHERE d.action IN ('FIRE', 'REMIND', 'TELL')
        GROUP BY d.rule, d.level
      ) AS told
    );
    IF v_message IS NOT NULL THEN
      RAISE USING MESSAGE = CONCAT('EROS_ALERT', v_message, '|');
    END IF;
  END IF;
END;
