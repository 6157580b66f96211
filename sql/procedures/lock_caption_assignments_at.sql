-- Locks captions for a page and schedule, all of them or none, so that no page of the agency sends one of them within
-- seven days of another. Called with what select_captions_for_creator gave, before a schedule is activated.
-- Errors: EROS_INVALID|reason for a request that can never be locked (send dates lie between today and a year ahead),
-- EROS_LOCK_CONFLICT|caption_id=..|holder_page=..|holder_schedule=..|send_date=.. for one that another lock stands
-- against, EROS_BUSY|lock=caption_locks|tries=..|try again|error=.. when five tries lost to others that were at work
-- on other captions. Nothing is written then.
-- A request that is locked already is not written again, nor audited: a retry is harmless. A row of the same key that
-- was cancelled is taken up again. Writes active_caption_assignments and audit_log.
-- Whatever can be computed is, before the transaction: on BigQuery it excludes every other writer of these tables.
-- Each try begins with a look at the locks outside the transaction; what it finds decides.
CREATE OR REPLACE PROCEDURE `eros_scheduling_brain.lock_caption_assignments_at`(
  p_schedule_id STRING,
  p_page_name STRING,
  p_caption_assignments ARRAY<STRUCT<caption_id INT64, scheduled_send_date DATE, scheduled_send_hour INT64>>,
  p_now TIMESTAMP
)
OPTIONS(description="Locks captions for a page and schedule at p_now, all of them or none; refuses what is held within seven days.")
BEGIN
  DECLARE v_page STRING DEFAULT LOWER(TRIM(p_page_name));
  DECLARE v_today DATE DEFAULT `eros_scheduling_brain.la_date`(p_now);
  DECLARE v_problem STRING;
  DECLARE v_conflict STRING;
  DECLARE v_is_locked BOOL DEFAULT FALSE;
  DECLARE v_tries INT64 DEFAULT 0;
  DECLARE v_is_at_work BOOL DEFAULT FALSE;
  DECLARE v_error STRING;

  IF p_now IS NULL THEN
    RAISE USING MESSAGE = 'EROS_INVALID|p_now is null';
  END IF;
  IF COALESCE(ARRAY_LENGTH(p_caption_assignments), 0) = 0 THEN
    RAISE USING MESSAGE = 'EROS_INVALID|no assignments';
  END IF;
  IF NOT `eros_scheduling_brain.validate_input`(v_page, 100) THEN
    RAISE USING MESSAGE = 'EROS_INVALID|bad page name';
  END IF;
  IF NOT `eros_scheduling_brain.validate_input`(p_schedule_id, 200) THEN
    RAISE USING MESSAGE = 'EROS_INVALID|bad schedule id';
  END IF;

  CREATE OR REPLACE TEMP TABLE lock_request AS
  WITH
    wanted AS (
      SELECT
        w.caption_id AS caption_id,
        w.scheduled_send_date AS send_date,
        w.scheduled_send_hour AS send_hour
      FROM UNNEST(p_caption_assignments) AS w
    ),
    bank AS (
      -- Ids are unique in the bank, but nothing enforces that; a caption must not be locked twice because of it.
      SELECT b.caption_id AS caption_id, MIN(b.caption_text) AS caption_text, MIN(b.price_tier) AS price_tier
      FROM `eros_scheduling_brain.caption_bank` AS b
      INNER JOIN (SELECT DISTINCT wanted.caption_id AS caption_id FROM wanted) AS named
        ON named.caption_id = b.caption_id
      GROUP BY b.caption_id
    )
  SELECT
    w.caption_id AS caption_id,
    w.send_date AS send_date,
    w.send_hour AS send_hour,
    bank.caption_text AS caption_text,
    bank.price_tier AS price_tier,
    `eros_scheduling_brain.assignment_key`(v_page, w.caption_id, w.send_date, w.send_hour) AS assignment_key,
    DATE_DIFF(
      w.send_date, LAG(w.send_date) OVER (PARTITION BY w.caption_id ORDER BY w.send_date), DAY
    ) AS days_since_previous
  FROM wanted AS w
  LEFT JOIN bank ON bank.caption_id = w.caption_id;

  SET v_problem = (
    SELECT MIN(
      CASE
        WHEN r.caption_id IS NULL OR r.send_date IS NULL OR r.send_hour IS NULL THEN '1|null field'
        WHEN r.send_hour < 0 OR r.send_hour > 23 THEN CONCAT('2|hour outside 0-23|hour=', CAST(r.send_hour AS STRING))
        WHEN r.send_date < v_today
          THEN CONCAT('3|send date in the past|send_date=', FORMAT_DATE('%F', r.send_date))
        WHEN DATE_DIFF(r.send_date, v_today, DAY) > 366
          THEN CONCAT('4|send date more than a year ahead|send_date=', FORMAT_DATE('%F', r.send_date))
        WHEN r.caption_text IS NULL
          THEN CONCAT('5|caption not in the bank|caption_id=', CAST(r.caption_id AS STRING))
        WHEN r.days_since_previous <= 7
          THEN CONCAT('6|caption twice within seven days|caption_id=', CAST(r.caption_id AS STRING))
      END
    )
    FROM lock_request AS r
  );
  IF v_problem IS NOT NULL THEN
    RAISE USING MESSAGE = CONCAT('EROS_INVALID', SUBSTR(v_problem, 2));
  END IF;

  WHILE NOT v_is_locked DO
    SET v_conflict = (
      SELECT c.message
      FROM `eros_scheduling_brain.caption_lock_conflicts_at`(p_schedule_id, v_page, p_caption_assignments, p_now) AS c
      ORDER BY c.caption_id, c.send_date, c.holder_page, c.message
      LIMIT 1
    );
    IF v_conflict IS NOT NULL THEN
      RAISE USING MESSAGE = CONCAT(v_conflict, IF(v_tries > 0, '|ATOMIC ROLLBACK', ''));
    END IF;

    SET v_is_locked = NOT EXISTS (
      SELECT 1
      FROM lock_request AS r
      LEFT JOIN `eros_scheduling_brain.active_caption_assignments` AS held
        ON held.assignment_key = r.assignment_key AND held.scheduled_send_date = r.send_date AND held.is_active
      WHERE held.assignment_key IS NULL
    );
    IF NOT v_is_locked THEN
      IF v_tries = 5 THEN
        RAISE USING MESSAGE = `eros_scheduling_brain.transaction_failure`(
          'caption_locks', v_tries, v_is_at_work, v_error
        );
      END IF;
      SET v_tries = v_tries + 1;
      SET v_is_at_work = FALSE;
      BEGIN
        CALL `eros_scheduling_brain.seed_mutex`('caption_locks', p_now);
        BEGIN TRANSACTION;
        UPDATE `eros_scheduling_brain.platform_mutex` AS mutex
        SET updated_at = p_now, holder = p_schedule_id
        WHERE mutex.name = 'caption_locks';
        SET v_is_at_work = TRUE;

        -- Again, because somebody may have locked since; the next look outside says who.
        IF EXISTS (
          SELECT 1
          FROM
            `eros_scheduling_brain.caption_lock_conflicts_at`(p_schedule_id, v_page, p_caption_assignments, p_now) AS c
        ) THEN
          RAISE USING MESSAGE = 'EROS_LOCK_CONFLICT';
        END IF;

        INSERT INTO `eros_scheduling_brain.audit_log`
          (action, entity_type, entity_id, page_name, details, timestamp, user_agent)
        SELECT
          'lock',
          'schedule',
          p_schedule_id,
          v_page,
          CONCAT('captions=', CAST(COUNT(*) AS STRING)),
          p_now,
          'lock_caption_assignments'
        FROM lock_request AS r
        LEFT JOIN `eros_scheduling_brain.active_caption_assignments` AS held
          ON held.assignment_key = r.assignment_key AND held.scheduled_send_date = r.send_date AND held.is_active
        WHERE held.assignment_key IS NULL
        HAVING COUNT(*) > 0;

        -- (The emulator takes no bare NULL in a MERGE.)
        MERGE `eros_scheduling_brain.active_caption_assignments` AS held
        USING lock_request AS r
        ON held.assignment_key = r.assignment_key AND held.scheduled_send_date = r.send_date
        WHEN MATCHED AND NOT COALESCE(held.is_active, FALSE) THEN
          UPDATE SET
            is_active = TRUE,
            schedule_id = p_schedule_id,
            caption_text = r.caption_text,
            price_tier = r.price_tier,
            assigned_date = v_today,
            assigned_at = p_now,
            deactivated_at = CAST(NULL AS TIMESTAMP),
            deactivation_reason = CAST(NULL AS STRING),
            expires_at = TIMESTAMP(DATE_ADD(r.send_date, INTERVAL 1 DAY), 'America/Los_Angeles')
        WHEN NOT MATCHED THEN
          INSERT (
            page_name, caption_id, caption_text, assigned_date, scheduled_send_date, scheduled_send_hour, price_tier,
            is_active, assigned_at, assignment_key, schedule_id, expires_at
          )
          VALUES (
            v_page, r.caption_id, r.caption_text, v_today, r.send_date, r.send_hour, r.price_tier,
            TRUE, p_now, r.assignment_key, p_schedule_id,
            TIMESTAMP(DATE_ADD(r.send_date, INTERVAL 1 DAY), 'America/Los_Angeles')
          );
        SET v_is_at_work = FALSE;
        COMMIT TRANSACTION;
        SET v_is_locked = TRUE;
      EXCEPTION WHEN ERROR THEN
        SET v_error = @@error.message;
        BEGIN
          ROLLBACK TRANSACTION;
        EXCEPTION WHEN ERROR THEN
          -- A transaction that lost may be gone already.
        END;
      END;
    END IF;
  END WHILE;
END;
