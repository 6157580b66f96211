-- Starts what is due in Los Angeles at p_now, as dispatch_state_at says: the daily automation from 03:05 Los Angeles
-- time, the month's maintenance from 03:10 and the restore drill from 05:10 on the 1st, the daily report from 08:00; each
-- once, after a failure again ten minutes later, three attempts at most (a month's job: three each day). Repeats jobs of other schedules whose latest
-- runs failed. Applies reference data that was deployed or failed since its last run.
-- After the third failure of a day's or month's job it raises EROS_DAILY_FAILED or EROS_<JOB>_FAILED, once: the alert row
-- is what it remembers that by, whoever closed the third run. All other ticks return quietly. That one thing fails
-- stops no other; what could not even write its FAILED row is raised at the end, and tried again in the next tick.
-- Writes the alert, and what reap_job_runs, apply_reference_data_at and the jobs that it starts write.
CREATE OR REPLACE PROCEDURE `eros_scheduling_brain.dispatch_daily_automation_at`(p_now TIMESTAMP)
OPTIONS(description="Starts the jobs that are due in Los Angeles at p_now, repeats failed ones; raises once when a job is given up.")
BEGIN
  DECLARE v_date DATE DEFAULT `eros_scheduling_brain.la_date`(p_now);
  -- Names of jobs to start; 'given up: NAME', 'dead run' and 'reference data' say what else there is to do.
  DECLARE v_due ARRAY<STRING>;
  DECLARE v_given_up ARRAY<STRING>;
  DECLARE v_problems ARRAY<STRING> DEFAULT [];
  DECLARE v_errors ARRAY<STRING> DEFAULT [];
  DECLARE v_recorded ARRAY<STRING>;
  DECLARE v_unheard ARRAY<STRING>;

  IF p_now IS NULL THEN
    RAISE USING MESSAGE = 'EROS_INVALID|p_now is null';
  END IF;

  -- All that a quiet tick asks stands in one statement over one table: at 96 ticks a day each further one is billed.
  SET v_due = (
    SELECT
      ARRAY_CONCAT(
        state.due_jobs,
        ARRAY(SELECT CONCAT('given up: ', job_name) FROM UNNEST(state.given_up_jobs) AS job_name),
        IF(state.has_dead_run, ['dead run'], CAST([] AS ARRAY<STRING>)),
        IF(state.is_reference_data_due, ['reference data'], CAST([] AS ARRAY<STRING>))
      )
    FROM `eros_scheduling_brain.dispatch_state_at`(p_now) AS state
  );

  IF 'dead run' IN UNNEST(v_due) THEN
    -- cost: once a month because runs seldom die
    CALL `eros_scheduling_brain.reap_job_runs`(p_now);
    -- cost: once a month because runs seldom die
    SET v_due = (
      SELECT
        ARRAY_CONCAT(
          state.due_jobs,
          ARRAY(SELECT CONCAT('given up: ', job_name) FROM UNNEST(state.given_up_jobs) AS job_name),
          IF(state.is_reference_data_due, ['reference data'], CAST([] AS ARRAY<STRING>))
        )
      FROM `eros_scheduling_brain.dispatch_state_at`(p_now) AS state
    );
  END IF;

  IF 'reference data' IN UNNEST(v_due) THEN
    BEGIN
      -- cost: once a day because content that has been applied is not due again
      CALL `eros_scheduling_brain.apply_reference_data_at`(p_now);
    EXCEPTION WHEN ERROR THEN
      SET v_problems = ARRAY_CONCAT(v_problems, [CONCAT('EROS_REFERENCE_DATA|', @@error.message)]);
    END;
  END IF;

  IF 'daily_automation' IN UNNEST(v_due) THEN
    BEGIN
      -- cost: once a day because a date that has been claimed is not due again
      CALL `eros_scheduling_brain.run_daily_automation_at`(v_date, p_now);
    EXCEPTION WHEN ERROR THEN
      SET v_errors = ARRAY_CONCAT(v_errors, [CONCAT('daily_automation', '|', @@error.message)]);
    END;
  END IF;
  IF 'monthly_maintenance' IN UNNEST(v_due) THEN
    BEGIN
      -- cost: once a month because a month that has been claimed is not due again
      CALL `eros_scheduling_brain.monthly_maintenance_at`(p_now);
    EXCEPTION WHEN ERROR THEN
      SET v_errors = ARRAY_CONCAT(v_errors, [CONCAT('monthly_maintenance', '|', @@error.message)]);
    END;
  END IF;
  IF 'restore_drill' IN UNNEST(v_due) THEN
    BEGIN
      -- cost: once a month because a month that has been claimed is not due again
      CALL `eros_scheduling_brain.restore_drill_at`(p_now);
    EXCEPTION WHEN ERROR THEN
      SET v_errors = ARRAY_CONCAT(v_errors, [CONCAT('restore_drill', '|', @@error.message)]);
    END;
  END IF;
  IF 'daily_report' IN UNNEST(v_due) THEN
    BEGIN
      -- cost: once a day because a date that has been claimed is not due again
      CALL `eros_scheduling_brain.daily_report_at`(p_now);
    EXCEPTION WHEN ERROR THEN
      SET v_errors = ARRAY_CONCAT(v_errors, [CONCAT('daily_report', '|', @@error.message)]);
    END;
  END IF;
  -- The first run of these was started by their own schedule, and its failure was heard there.
  IF 'update_caption_performance' IN UNNEST(v_due) THEN
    BEGIN
      -- cost: once a month because runs seldom fail
      CALL `eros_scheduling_brain.update_caption_performance_at`(p_now);
    EXCEPTION WHEN ERROR THEN
      SET v_errors = ARRAY_CONCAT(v_errors, [CONCAT('update_caption_performance', '|', @@error.message)]);
    END;
  END IF;
  IF 'sweep_expired_caption_locks' IN UNNEST(v_due) THEN
    BEGIN
      -- cost: once a month because runs seldom fail
      CALL `eros_scheduling_brain.sweep_expired_caption_locks_at`(p_now);
    EXCEPTION WHEN ERROR THEN
      SET v_errors = ARRAY_CONCAT(v_errors, [CONCAT('sweep_expired_caption_locks', '|', @@error.message)]);
    END;
  END IF;
  IF 'pool_health_daily' IN UNNEST(v_due) THEN
    BEGIN
      -- cost: once a month because runs seldom fail
      CALL `eros_scheduling_brain.pool_health_daily_at`(p_now);
    EXCEPTION WHEN ERROR THEN
      SET v_errors = ARRAY_CONCAT(v_errors, [CONCAT('pool_health_daily', '|', @@error.message)]);
    END;
  END IF;
  IF 'backup_export' IN UNNEST(v_due) THEN
    BEGIN
      -- cost: once a month because runs seldom fail
      CALL `eros_scheduling_brain.backup_export_at`(p_now);
    EXCEPTION WHEN ERROR THEN
      SET v_errors = ARRAY_CONCAT(v_errors, [CONCAT('backup_export', '|', @@error.message)]);
    END;
  END IF;

  IF ARRAY_LENGTH(v_errors) > 0 THEN
    -- Its FAILED row speaks for a run. One that could not even write that row must be heard now.
    -- cost: once a month because runs seldom fail
    SET v_recorded = ARRAY(
      SELECT run.job_name
      FROM `eros_scheduling_brain.etl_job_runs` AS run
      WHERE run.job_status = 'FAILED' AND run.job_start_time = p_now
    );
    SET v_unheard = ARRAY(
      SELECT SUBSTR(error, STRPOS(error, '|') + 1)
      FROM UNNEST(v_errors) AS error
      WHERE SPLIT(error, '|')[OFFSET(0)] NOT IN UNNEST(v_recorded)
    );
    SET v_problems = ARRAY_CONCAT(v_problems, v_unheard);
  END IF;
  SET v_given_up = ARRAY(
    SELECT SUBSTR(entry, LENGTH('given up: ') + 1)
    FROM UNNEST(v_due) AS entry
    WHERE STARTS_WITH(entry, 'given up: ')
  );
  IF ARRAY_LENGTH(v_errors) > 0 THEN
    -- cost: once a month because runs seldom fail
    SET v_given_up = (SELECT state.given_up_jobs FROM `eros_scheduling_brain.dispatch_state_at`(p_now) AS state);
  END IF;

  -- cost: once a month because few jobs fail three times
  IF ARRAY_LENGTH(v_given_up) > 0 THEN
    FOR v_job IN (
      SELECT
        job_name,
        IF(job_name IN ('monthly_maintenance', 'restore_drill'), DATE_TRUNC(v_date, MONTH), v_date) AS execution_date,
        IF(job_name = 'daily_automation', 'daily', job_name) AS word
      FROM UNNEST(v_given_up) AS job_name
    ) DO
      IF NOT EXISTS (
        SELECT 1
        FROM `eros_scheduling_brain.automation_alerts` AS alert
        WHERE
          alert.alert_source = v_job.job_name
          AND alert.alert_kind = CONCAT(v_job.word, '_failed:', FORMAT_DATE('%F', v_job.execution_date))
      ) THEN
        CALL `eros_scheduling_brain.raise_automation_alert`(
          'CRITICAL', v_job.job_name, CONCAT(v_job.word, '_failed:', FORMAT_DATE('%F', v_job.execution_date)),
          CONCAT('date=', FORMAT_DATE('%F', v_job.execution_date), '|attempts=3'), NULL, p_now
        );
        SET v_problems = ARRAY_CONCAT(
          [
            CONCAT(
              'EROS_', UPPER(v_job.word), '_FAILED|date=', FORMAT_DATE('%F', v_job.execution_date), '|attempts=3'
            )
          ],
          v_problems
        );
      END IF;
    END FOR;
  END IF;

  IF ARRAY_LENGTH(v_problems) > 0 THEN
    RAISE USING MESSAGE = ARRAY_TO_STRING(v_problems, ' ');
  END IF;
END;
