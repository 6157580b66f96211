-- Closes the caption locks whose send date has passed in Los Angeles, and those that never got a date.
-- Closed rows stay as usage history. Writes active_caption_assignments, one lock_sweep_log row a sweep, the
-- job run and alerts. Leases in caption_locks end by themselves and are left alone.
-- p_now is the instant for which it computes; only the measured duration reads the clock.
CREATE OR REPLACE PROCEDURE `eros_scheduling_brain.sweep_expired_caption_locks_at`(p_now TIMESTAMP)
OPTIONS(description="Closes caption locks that have expired at p_now and raises alerts on their number.")
BEGIN
  DECLARE v_started TIMESTAMP DEFAULT CURRENT_TIMESTAMP();
  DECLARE v_today DATE DEFAULT `eros_scheduling_brain.la_date`(p_now);
  DECLARE v_job_id STRING DEFAULT CONCAT(
    'sweep_expired_caption_locks_', FORMAT_DATE('%Y%m%d', v_today), '_', GENERATE_UUID()
  );
  DECLARE v_stale INT64 DEFAULT 0;
  DECLARE v_past_date INT64 DEFAULT 0;
  DECLARE v_active INT64 DEFAULT 0;

  IF p_now IS NULL THEN
    RAISE USING MESSAGE = 'EROS_INVALID|p_now is null';
  END IF;
  CALL `eros_scheduling_brain.reap_job_runs`(p_now);
  CALL `eros_scheduling_brain.job_run_open`(v_job_id, 'sweep_expired_caption_locks', v_today, p_now);

  BEGIN
    -- Stale: overdue by more than a week, or waiting for a date for more than a week. (Imported rows may lack
    -- the instant of their assignment; they have its date.)
    -- Looked for in four columns before they are changed in all: an UPDATE reads whole rows, here of all partitions.
    IF EXISTS (
      SELECT 1
      FROM `eros_scheduling_brain.active_caption_assignments` AS lock
      WHERE
        lock.is_active
        AND (
          lock.scheduled_send_date < DATE_SUB(v_today, INTERVAL 7 DAY)
          OR (
            lock.scheduled_send_date IS NULL
            AND COALESCE(lock.assigned_at, TIMESTAMP(lock.assigned_date, 'America/Los_Angeles'))
              < TIMESTAMP_SUB(p_now, INTERVAL 7 DAY)
          )
        )
    ) THEN
      -- cost: once a day because a lock gets stale only where a week of sweeps was missed or a date is missing
      UPDATE `eros_scheduling_brain.active_caption_assignments` AS lock
      SET is_active = FALSE, deactivated_at = p_now, deactivation_reason = 'STALE_7DAY'
      WHERE
        lock.is_active
        AND (
          lock.scheduled_send_date < DATE_SUB(v_today, INTERVAL 7 DAY)
          OR (
            lock.scheduled_send_date IS NULL
            AND COALESCE(lock.assigned_at, TIMESTAMP(lock.assigned_date, 'America/Los_Angeles'))
              < TIMESTAMP_SUB(p_now, INTERVAL 7 DAY)
          )
        );
      SET v_stale = @@row_count;
    END IF;

    UPDATE `eros_scheduling_brain.active_caption_assignments` AS lock
    SET is_active = FALSE, deactivated_at = p_now, deactivation_reason = 'PAST_SEND_DATE'
    WHERE
      lock.is_active
      AND lock.scheduled_send_date < v_today
      AND lock.scheduled_send_date >= DATE_SUB(v_today, INTERVAL 7 DAY);
    SET v_past_date = @@row_count;

    INSERT INTO `eros_scheduling_brain.lock_sweep_log`
      (
        sweep_id, sweep_time, locks_expired_stale, locks_expired_past_date, total_locks_cleaned,
        sweep_duration_seconds
      )
    VALUES
      (
        v_job_id, p_now, v_stale, v_past_date, v_stale + v_past_date,
        TIMESTAMP_DIFF(CURRENT_TIMESTAMP(), v_started, MICROSECOND) / 1000000
      );

    SET v_active = (
      SELECT COUNT(*)
      FROM `eros_scheduling_brain.active_caption_assignments` AS lock
      WHERE lock.is_active AND lock.scheduled_send_date >= v_today
    );
    IF v_stale + v_past_date > 1000 THEN
      CALL `eros_scheduling_brain.raise_automation_alert`(
        'WARNING', 'lock_cleanup', 'locks_cleaned_high',
        CONCAT('cleaned=', CAST(v_stale + v_past_date AS STRING)), v_job_id, p_now
      );
    END IF;
    IF v_active > 5000 THEN
      CALL `eros_scheduling_brain.raise_automation_alert`(
        IF(v_active > 10000, 'CRITICAL', 'WARNING'), 'lock_cleanup', 'active_locks_high',
        CONCAT('active=', CAST(v_active AS STRING)), v_job_id, p_now
      );
    END IF;

    CALL `eros_scheduling_brain.job_run_close`(
      v_job_id, 'SUCCESS', NULL, NULL, v_stale + v_past_date, 0, NULL, NULL,
      TIMESTAMP_ADD(p_now, INTERVAL TIMESTAMP_DIFF(CURRENT_TIMESTAMP(), v_started, MICROSECOND) MICROSECOND)
    );
  EXCEPTION WHEN ERROR THEN
    CALL `eros_scheduling_brain.job_run_close`(
      v_job_id, 'FAILED', NULL, NULL, v_stale + v_past_date, NULL, NULL, @@error.message,
      TIMESTAMP_ADD(p_now, INTERVAL TIMESTAMP_DIFF(CURRENT_TIMESTAMP(), v_started, MICROSECOND) MICROSECOND)
    );
    RAISE;
  END;
END;
