-- Starts the daily automation of the Los Angeles date of p_now when it is due, as daily_run_state_at says: from
-- 03:05 Los Angeles time, once a day, after a failure again ten minutes later, three attempts at most.
-- After the third failure it raises EROS_DAILY_FAILED, once: the alert row is what it remembers that by, whoever
-- closed the third run. All other ticks return quietly.
-- Writes the alert, and what reap_job_runs and run_daily_automation_at write.
CREATE OR REPLACE PROCEDURE `eros_scheduling_brain.dispatch_daily_automation_at`(p_now TIMESTAMP)
OPTIONS(description="Starts the daily automation if it is due at p_now; raises once after the third failure of a date.")
BEGIN
  DECLARE v_date DATE DEFAULT `eros_scheduling_brain.la_date`(p_now);
  DECLARE v_date_text STRING DEFAULT FORMAT_DATE('%F', v_date);

  IF p_now IS NULL THEN
    RAISE USING MESSAGE = 'EROS_INVALID|p_now is null';
  END IF;
  CALL `eros_scheduling_brain.reap_job_runs`(p_now);

  IF (SELECT state.is_due FROM `eros_scheduling_brain.daily_run_state_at`(p_now) AS state) THEN
    BEGIN
      CALL `eros_scheduling_brain.run_daily_automation_at`(v_date, p_now);
    EXCEPTION WHEN ERROR THEN
      -- Its FAILED row speaks for a run. One that could not even write that row must be heard now.
      IF NOT EXISTS (
        SELECT 1
        FROM `eros_scheduling_brain.etl_job_runs` AS run
        WHERE
          run.job_name = 'daily_automation'
          AND run.execution_date = v_date
          AND run.job_status = 'FAILED'
          AND run.job_start_time = p_now
      ) THEN
        RAISE;
      END IF;
    END;
  END IF;

  IF (SELECT state.is_exhausted FROM `eros_scheduling_brain.daily_run_state_at`(p_now) AS state)
    AND NOT EXISTS (
      SELECT 1
      FROM `eros_scheduling_brain.automation_alerts` AS alert
      WHERE
        alert.alert_source = 'daily_automation'
        AND alert.alert_kind = CONCAT('daily_failed:', v_date_text)
    )
  THEN
    CALL `eros_scheduling_brain.raise_automation_alert`(
      'CRITICAL', 'daily_automation', CONCAT('daily_failed:', v_date_text),
      CONCAT('date=', v_date_text, '|attempts=3'), NULL, p_now
    );
    RAISE USING MESSAGE = CONCAT('EROS_DAILY_FAILED|date=', v_date_text, '|attempts=3');
  END IF;
END;
