-- Starts the daily automation of the Los Angeles date of p_now when it is due, as daily_run_state_at says: from
-- 03:05 Los Angeles time, once a day, after a failure again ten minutes later, three attempts at most.
-- After the third failure it raises EROS_DAILY_FAILED, once: the alert row is what it remembers that by, whoever
-- closed the third run. All other ticks return quietly.
-- Before that it applies reference data that was deployed or failed since its last run. That it fails stops nothing
-- else, is raised at the end, and is tried again in the next tick.
-- Writes the alert, and what reap_job_runs, apply_reference_data_at and run_daily_automation_at write.
CREATE OR REPLACE PROCEDURE `eros_scheduling_brain.dispatch_daily_automation_at`(p_now TIMESTAMP)
OPTIONS(description="Starts the daily automation if it is due at p_now; raises once after the third failure of a date.")
BEGIN
  DECLARE v_date DATE DEFAULT `eros_scheduling_brain.la_date`(p_now);
  DECLARE v_date_text STRING DEFAULT FORMAT_DATE('%F', v_date);
  DECLARE v_flags ARRAY<BOOL>;
  DECLARE v_is_due BOOL DEFAULT FALSE;
  DECLARE v_is_exhausted BOOL DEFAULT FALSE;
  DECLARE v_reference_data_problem STRING;

  IF p_now IS NULL THEN
    RAISE USING MESSAGE = 'EROS_INVALID|p_now is null';
  END IF;

  -- All that a quiet tick asks stands in one statement over one table: at 96 ticks a day each further one is billed.
  SET v_flags = (
    SELECT [COALESCE(runs.has_dead_run, FALSE), state.is_due, state.is_exhausted, state.is_reference_data_due]
    FROM `eros_scheduling_brain.daily_run_state_at`(p_now) AS state
    CROSS JOIN (
      SELECT
        LOGICAL_OR(run.job_status = 'RUNNING' AND run.job_start_time < TIMESTAMP_SUB(p_now, INTERVAL 2 HOUR))
          AS has_dead_run
      FROM `eros_scheduling_brain.etl_job_runs` AS run
    ) AS runs
  );
  SET v_is_due = v_flags[OFFSET(1)];
  SET v_is_exhausted = v_flags[OFFSET(2)];

  IF v_flags[OFFSET(0)] THEN
    -- cost: once a day because runs seldom die
    CALL `eros_scheduling_brain.reap_job_runs`(p_now);
    -- cost: once a day because runs seldom die
    SET v_is_due = (SELECT state.is_due FROM `eros_scheduling_brain.daily_run_state_at`(p_now) AS state);
    -- cost: once a day because runs seldom die
    SET v_is_exhausted = (SELECT state.is_exhausted FROM `eros_scheduling_brain.daily_run_state_at`(p_now) AS state);
  END IF;

  IF v_flags[OFFSET(3)] THEN
    BEGIN
      -- cost: once a day because content that has been applied is not due again
      CALL `eros_scheduling_brain.apply_reference_data_at`(p_now);
    EXCEPTION WHEN ERROR THEN
      SET v_reference_data_problem = @@error.message;
    END;
  END IF;

  IF v_is_due THEN
    BEGIN
      -- cost: once a day because a date that has been claimed is not due again
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
    -- cost: once a day because a run has just been made
    SET v_is_exhausted = (SELECT state.is_exhausted FROM `eros_scheduling_brain.daily_run_state_at`(p_now) AS state);
  END IF;

  -- cost: once a day because few dates fail three times
  IF v_is_exhausted THEN
    IF NOT EXISTS (
      SELECT 1
      FROM `eros_scheduling_brain.automation_alerts` AS alert
      WHERE
        alert.alert_source = 'daily_automation'
        AND alert.alert_kind = CONCAT('daily_failed:', v_date_text)
    ) THEN
      CALL `eros_scheduling_brain.raise_automation_alert`(
        'CRITICAL', 'daily_automation', CONCAT('daily_failed:', v_date_text),
        CONCAT('date=', v_date_text, '|attempts=3'), NULL, p_now
      );
      RAISE USING MESSAGE = CONCAT('EROS_DAILY_FAILED|date=', v_date_text, '|attempts=3');
    END IF;
  END IF;

  IF v_reference_data_problem IS NOT NULL THEN
    RAISE USING MESSAGE = CONCAT('EROS_REFERENCE_DATA|', v_reference_data_problem);
  END IF;
END;
