-- The daily automation of a Los Angeles date: analyses every page that sent something in the last 30 days, stores
-- the reports, queues the pages that need a schedule and sweeps expired locks.
-- Called by dispatch_daily_automation_at, or by hand to repeat a date. One run a date: another one of the same
-- date that is on its way or has succeeded makes this one return without a trace.
-- A page that fails is recorded and passed over; at the fifth failure in a row, by name, the breaker trips: the pages
-- after it are not touched and the run is FAILED. Repeating a date replaces reports and leaves queue rows that are
-- being worked on alone.
-- Writes creator_reports, schedule_generation_queue, creator_processing_errors, alerts and the job run; the sweep
-- and apply_reference_data_at, which comes first, write their own. p_now is the instant for which it computes; only the measured duration reads the clock.
CREATE OR REPLACE PROCEDURE `eros_scheduling_brain.run_daily_automation_at`(p_execution_date DATE, p_now TIMESTAMP)
OPTIONS(description="Runs the daily automation of a Los Angeles date (null: that of p_now), once for each date.")
BEGIN
  DECLARE v_started TIMESTAMP DEFAULT CURRENT_TIMESTAMP();
  DECLARE v_today DATE DEFAULT `eros_scheduling_brain.la_date`(p_now);
  DECLARE v_date DATE DEFAULT COALESCE(p_execution_date, v_today);
  DECLARE v_job_id STRING DEFAULT CONCAT(
    'daily_automation_', FORMAT_DATE('%Y%m%d', v_date), '_', GENERATE_UUID()
  );
  DECLARE v_is_claimed BOOL DEFAULT FALSE;
  DECLARE v_report STRING;
  DECLARE v_page_names ARRAY<STRING>;
  DECLARE v_is_tripped BOOL DEFAULT FALSE;
  DECLARE v_pages INT64 DEFAULT 0;
  DECLARE v_succeeded INT64 DEFAULT 0;
  DECLARE v_failed INT64 DEFAULT 0;
  DECLARE v_queued INT64 DEFAULT 0;
  DECLARE v_latest_message TIMESTAMP;
  DECLARE v_alerts ARRAY<STRUCT<alert_level STRING, alert_kind STRING, details STRING>>;

  IF p_now IS NULL THEN
    RAISE USING MESSAGE = 'EROS_INVALID|p_now is null';
  END IF;
  -- Reports and queue rows are kept for 90 days; what is older would be gone with its partition.
  IF DATE_DIFF(v_today, v_date, DAY) > 90 THEN
    RAISE USING MESSAGE = CONCAT(
      'EROS_INVALID|p_execution_date ', CAST(v_date AS STRING), ' is more than 90 days ago'
    );
  END IF;
  IF v_date > v_today THEN
    RAISE USING MESSAGE = CONCAT('EROS_INVALID|p_execution_date ', FORMAT_DATE('%F', v_date), ' lies in the future');
  END IF;
  CALL `eros_scheduling_brain.reap_job_runs`(p_now);
  CALL `eros_scheduling_brain.claim_job_run`('daily_automation', v_job_id, v_date, p_now, v_is_claimed);
  IF NOT v_is_claimed THEN
    RETURN;
  END IF;

  BEGIN
    -- Once a day whatever the last run says, so that rows that were lost come back before they are used.
    BEGIN
      CALL `eros_scheduling_brain.apply_reference_data_at`(p_now);
    EXCEPTION WHEN ERROR THEN
      INSERT INTO `eros_scheduling_brain.creator_processing_errors`
        (job_id, page_name, execution_date, error_message, error_time)
      VALUES (v_job_id, 'SYSTEM_REFERENCE_DATA', v_date, @@error.message, p_now);
    END;

    CREATE OR REPLACE TEMP TABLE daily_senders AS
    SELECT facts.page_name, MAX(facts.sending_time) AS latest_sending_time
    FROM `eros_scheduling_brain.message_facts` AS facts
    WHERE
      facts.sending_time > TIMESTAMP_SUB(p_now, INTERVAL 30 * 24 HOUR)
      AND facts.sending_time <= p_now
    GROUP BY facts.page_name;
    SET v_page_names = ARRAY(SELECT sender.page_name FROM daily_senders AS sender);

    CREATE OR REPLACE TEMP TABLE daily_pages AS
    SELECT
      page.page_name,
      sender.latest_sending_time,
      page.problem,
      page.pattern_details,
      page.saturation_pct,
      page.pool_alert,
      page.pool_details
    FROM `eros_scheduling_brain.daily_automation_pages_at`(v_page_names, v_date, p_now) AS page
    INNER JOIN daily_senders AS sender ON sender.page_name = page.page_name;

    -- All pages in two statements, because every statement is billed for the messages again. If the figures of one
    -- page cannot be computed, the pages are reported one by one, so that only that page fails.
    SET v_page_names = ARRAY(SELECT page.page_name FROM daily_pages AS page WHERE page.problem IS NULL);
    BEGIN
      CREATE OR REPLACE TEMP TABLE daily_standings AS
      SELECT half.page_name, half.standing
      FROM `eros_scheduling_brain.report_standings_at`(v_page_names, p_now) AS half;
      CREATE OR REPLACE TEMP TABLE daily_rankings AS
      SELECT half.page_name, half.rankings
      FROM `eros_scheduling_brain.report_rankings_at`(v_page_names, p_now) AS half;
      CREATE OR REPLACE TEMP TABLE daily_reports AS
      SELECT
        first.page_name,
        `eros_scheduling_brain.joined_json`(first.standing, second.rankings) AS performance_report,
        CAST(NULL AS STRING) AS problem
      FROM daily_standings AS first
      INNER JOIN daily_rankings AS second ON second.page_name = first.page_name;
    EXCEPTION WHEN ERROR THEN
      CREATE OR REPLACE TEMP TABLE daily_reports (page_name STRING, performance_report STRING, problem STRING);
      FOR v_page IN (SELECT page.page_name FROM daily_pages AS page WHERE page.problem IS NULL) DO
        BEGIN
          CALL `eros_scheduling_brain.analyze_creator_performance_at`(v_page.page_name, v_report, p_now);
          INSERT INTO daily_reports (page_name, performance_report) VALUES (v_page.page_name, v_report);
        EXCEPTION WHEN ERROR THEN
          INSERT INTO daily_reports (page_name, problem) VALUES (v_page.page_name, @@error.message);
        END;
      END FOR;
    END;

    -- One row for each page that was reached; its report is null if it failed. Failures in a row stand between two
    -- successes in the order of the names; nothing after the fifth of them is reached.
    CREATE OR REPLACE TEMP TABLE daily_results AS
    WITH
      result AS (
        SELECT
          page.page_name,
          report.performance_report,
          COALESCE(page.problem, report.problem) AS problem,
          COUNT(report.performance_report) OVER (ORDER BY page.page_name) AS successes_before
        FROM daily_pages AS page
        LEFT JOIN daily_reports AS report ON report.page_name = page.page_name
      ),
      counted AS (
        SELECT
          result.page_name,
          result.performance_report,
          result.problem,
          COUNTIF(result.performance_report IS NULL) OVER (
            PARTITION BY result.successes_before ORDER BY result.page_name
          ) AS failures_in_a_row
        FROM result
      ),
      breaker AS (
        SELECT MIN(counted.page_name) AS last_page
        FROM counted
        WHERE counted.failures_in_a_row >= 5
      )
    SELECT counted.page_name, counted.performance_report, counted.problem, breaker.last_page IS NOT NULL AS is_tripped
    FROM counted
    CROSS JOIN breaker
    WHERE counted.page_name <= COALESCE(breaker.last_page, counted.page_name);
    SET v_is_tripped = COALESCE((SELECT LOGICAL_OR(result.is_tripped) FROM daily_results AS result), FALSE);

    INSERT INTO `eros_scheduling_brain.creator_processing_errors`
      (job_id, page_name, execution_date, error_message, error_time)
    SELECT v_job_id, result.page_name, v_date, result.problem, p_now
    FROM daily_results AS result
    WHERE result.performance_report IS NULL;

    MERGE `eros_scheduling_brain.creator_reports` AS stored
    USING (
      SELECT result.page_name, result.performance_report
      FROM daily_results AS result
      WHERE result.performance_report IS NOT NULL
    ) AS latest
    ON stored.report_date = v_date AND stored.page_name = latest.page_name
    WHEN MATCHED THEN
      UPDATE SET performance_report = latest.performance_report, created_at = p_now
    WHEN NOT MATCHED THEN
      INSERT (report_date, page_name, performance_report, created_at)
      VALUES (v_date, latest.page_name, latest.performance_report, p_now);

    MERGE `eros_scheduling_brain.schedule_generation_queue` AS queue
    USING (
      SELECT page.page_name, page.saturation_pct
      FROM daily_pages AS page
      INNER JOIN daily_results AS result ON result.page_name = page.page_name
      WHERE
        result.performance_report IS NOT NULL
        AND page.pool_alert IS NULL
        AND page.saturation_pct < 80
    ) AS wanted
    ON queue.execution_date = v_date AND queue.page_name = wanted.page_name
    WHEN MATCHED AND queue.status = 'PENDING' THEN
      UPDATE SET saturation_pct = wanted.saturation_pct
    WHEN NOT MATCHED THEN
      INSERT (page_name, execution_date, saturation_pct, queued_at, status, attempts)
      VALUES (wanted.page_name, v_date, wanted.saturation_pct, p_now, 'PENDING', 0);
    SET v_queued = @@row_count;

    BEGIN
      CALL `eros_scheduling_brain.sweep_expired_caption_locks_at`(p_now);
    EXCEPTION WHEN ERROR THEN
      INSERT INTO `eros_scheduling_brain.creator_processing_errors`
        (job_id, page_name, execution_date, error_message, error_time)
      VALUES (v_job_id, 'SYSTEM_CLEANUP', v_date, @@error.message, p_now);
    END;

    SET v_pages = (SELECT COUNT(*) FROM daily_pages);
    SET v_latest_message = (SELECT MAX(page.latest_sending_time) FROM daily_pages AS page);
    SET v_succeeded = (SELECT COUNT(result.performance_report) FROM daily_results AS result);
    SET v_failed = (SELECT COUNTIF(result.performance_report IS NULL) FROM daily_results AS result);

    SET v_alerts = ARRAY(
      SELECT
        STRUCT(
          'WARNING' AS alert_level,
          CONCAT('restriction_pattern_invalid:', page.page_name) AS alert_kind,
          CONCAT('page=', page.page_name, '|', page.pattern_details) AS details
        )
      FROM daily_pages AS page
      INNER JOIN daily_results AS result ON result.page_name = page.page_name
      WHERE page.pattern_details IS NOT NULL
      UNION ALL
      SELECT
        STRUCT(
          'WARNING' AS alert_level,
          CONCAT(page.pool_alert, ':', page.page_name) AS alert_kind,
          CONCAT('page=', page.page_name, '|', page.pool_details) AS details
        )
      FROM daily_pages AS page
      INNER JOIN daily_results AS result ON result.page_name = page.page_name
      WHERE page.pool_alert IS NOT NULL AND result.performance_report IS NOT NULL
    );
    CALL `eros_scheduling_brain.raise_automation_alerts`('daily_automation', v_alerts, v_job_id, p_now);
    IF v_is_tripped THEN
      CALL `eros_scheduling_brain.raise_automation_alert`(
        'CRITICAL', 'daily_automation', 'breaker_tripped',
        CONCAT('failed=', CAST(v_failed AS STRING), '|not_reached=', CAST(v_pages - v_succeeded - v_failed AS STRING)),
        v_job_id, p_now
      );
    END IF;
    IF v_failed > 0 THEN
      CALL `eros_scheduling_brain.raise_automation_alert`(
        'WARNING', 'daily_automation', 'creators_failed',
        CONCAT('failed=', CAST(v_failed AS STRING), '|processed=', CAST(v_succeeded AS STRING)), v_job_id, p_now
      );
    END IF;

    CALL `eros_scheduling_brain.job_run_close`(
      v_job_id,
      CASE
        WHEN v_is_tripped THEN 'FAILED'
        WHEN v_failed > 0 THEN 'COMPLETED_WITH_ERRORS'
        WHEN v_pages = 0 THEN 'COMPLETED_NO_WORK'
        ELSE 'SUCCESS'
      END,
      v_succeeded, v_failed, v_queued, v_pages - v_succeeded, v_latest_message,
      CASE
        WHEN v_is_tripped THEN 'breaker tripped: five pages failed in a row'
        WHEN v_failed > 0 THEN CONCAT(CAST(v_failed AS STRING), ' pages failed')
      END,
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
