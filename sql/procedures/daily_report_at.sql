-- The report of a Los Angeles date: scorecard and cost in one line of text, as an INFO row of automation_alerts
-- (source and kind daily_report). The evaluator of the alerts delivers it, once, as it does the rows of all other jobs:
-- a scheduled query itself can speak by failing only.
-- Called by dispatch_daily_automation_at from 08:00 Los Angeles time. One report a date: another run of the same date
-- that is on its way or has succeeded makes this one return without a trace.
-- p_now is the instant for which it computes; only the measured duration reads the clock.
CREATE OR REPLACE PROCEDURE `eros_scheduling_brain.daily_report_at`(p_now TIMESTAMP)
OPTIONS(description="Puts the report of the Los Angeles date of p_now into the alerts, once a date.")
BEGIN
  DECLARE v_started TIMESTAMP DEFAULT CURRENT_TIMESTAMP();
  DECLARE v_today DATE DEFAULT `eros_scheduling_brain.la_date`(p_now);
  DECLARE v_job_id STRING DEFAULT CONCAT('daily_report_', FORMAT_DATE('%Y%m%d', v_today), '_', GENERATE_UUID());
  DECLARE v_is_claimed BOOL DEFAULT FALSE;
  DECLARE v_text STRING;

  IF p_now IS NULL THEN
    RAISE USING MESSAGE = 'EROS_INVALID|p_now is null';
  END IF;
  CALL `eros_scheduling_brain.claim_job_run`('daily_report', v_job_id, v_today, p_now, v_is_claimed);
  IF NOT v_is_claimed THEN
    RETURN;
  END IF;

  BEGIN
    SET v_text = (
      SELECT
        CONCAT(
          'stack=', MAX(stack.stack),
          '|date=', FORMAT_DATE('%F', v_today),
          '|passed=', CAST(COUNTIF(line.state = 'PASS') AS STRING), ' of ', CAST(COUNT(*) AS STRING),
          '|', STRING_AGG(CONCAT(line.item, '=', line.state, ' (', line.shown, ')'), '|' ORDER BY line.number)
        )
      FROM `eros_scheduling_brain.scorecard_at`(p_now) AS line
      CROSS JOIN `eros_scheduling_brain.deployed_stack` AS stack
    );
    CALL `eros_scheduling_brain.raise_automation_alert`(
      'INFO', 'daily_report', 'daily_report', v_text, v_job_id, p_now
    );
    CALL `eros_scheduling_brain.job_run_close`(
      v_job_id, 'SUCCESS', NULL, NULL, 1, 0, NULL, NULL,
      TIMESTAMP_ADD(p_now, INTERVAL TIMESTAMP_DIFF(CURRENT_TIMESTAMP(), v_started, MICROSECOND) MICROSECOND)
    );
  EXCEPTION WHEN ERROR THEN
    CALL `eros_scheduling_brain.job_run_close`(
      v_job_id, 'FAILED', NULL, NULL, NULL, NULL, NULL, @@error.message,
      TIMESTAMP_ADD(p_now, INTERVAL TIMESTAMP_DIFF(CURRENT_TIMESTAMP(), v_started, MICROSECOND) MICROSECOND)
    );
    RAISE;
  END;
END;
