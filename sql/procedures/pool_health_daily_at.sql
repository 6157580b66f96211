-- Stores how many captions each page has left to send on the Los Angeles date of p_now, two rows a page: PPV and BUMP.
-- Pages are those that sent something in the last 30 days and those that are listed as active.
-- CRITICAL: fewer than 50 PPV or 10 bump captions, or fewer than the page's own minimum, below which nothing may be
-- selected. WARNING: fewer than 200 or 50. min_pool is the page's minimum where a restriction is in force, else the
-- limit of the warning.
-- Running again replaces the rows of the date. Writes pool_health and the job run; the alerts read from there.
-- p_now is the instant for which it computes; only the measured duration reads the clock.
CREATE OR REPLACE PROCEDURE `eros_scheduling_brain.pool_health_daily_at`(p_now TIMESTAMP)
OPTIONS(description="Stores the caption pool of every page and scope for the Los Angeles date of p_now.")
BEGIN
  DECLARE v_started TIMESTAMP DEFAULT CURRENT_TIMESTAMP();
  DECLARE v_today DATE DEFAULT `eros_scheduling_brain.la_date`(p_now);
  DECLARE v_job_id STRING DEFAULT CONCAT('pool_health_daily_', FORMAT_DATE('%Y%m%d', v_today), '_', GENERATE_UUID());
  DECLARE v_pages ARRAY<STRING>;
  DECLARE v_written INT64 DEFAULT 0;

  IF p_now IS NULL THEN
    RAISE USING MESSAGE = 'EROS_INVALID|p_now is null';
  END IF;
  CALL `eros_scheduling_brain.job_run_open`(v_job_id, 'pool_health_daily', v_today, p_now);

  BEGIN
    SET v_pages = ARRAY(
      SELECT LOWER(TRIM(creator.page_name)) AS page_name
      FROM `eros_scheduling_brain.active_creators` AS creator
      WHERE TRIM(creator.page_name) != ''
      UNION DISTINCT
      SELECT facts.page_name
      FROM `eros_scheduling_brain.message_facts` AS facts
      WHERE
        facts.sending_time > TIMESTAMP_SUB(p_now, INTERVAL 30 * 24 HOUR)
        AND facts.sending_time <= p_now
    );

    MERGE `eros_scheduling_brain.pool_health` AS stored
    USING (
      SELECT
        pool.page_name,
        pool.scope,
        pool.pool_total,
        pool.pool_after_hard,
        pool.pool_eligible,
        COALESCE(pool.min_pool, IF(pool.scope = 'PPV', 200, 50)) AS min_pool,
        CASE
          WHEN pool.is_below_minimum OR pool.pool_eligible < IF(pool.scope = 'PPV', 50, 10) THEN 'CRITICAL'
          WHEN pool.pool_eligible < IF(pool.scope = 'PPV', 200, 50) THEN 'WARNING'
          ELSE 'OK'
        END AS status
      FROM `eros_scheduling_brain.caption_pool_counts`(v_pages) AS pool
    ) AS latest
    ON stored.check_date = v_today AND stored.page_name = latest.page_name AND stored.scope = latest.scope
    WHEN MATCHED THEN
      UPDATE SET
        pool_total = latest.pool_total,
        pool_after_hard = latest.pool_after_hard,
        pool_after_restrictions = latest.pool_eligible,
        min_pool = latest.min_pool,
        status = latest.status
    WHEN NOT MATCHED THEN
      INSERT (check_date, page_name, scope, pool_total, pool_after_hard, pool_after_restrictions, min_pool, status)
      VALUES (
        v_today, latest.page_name, latest.scope, latest.pool_total, latest.pool_after_hard, latest.pool_eligible,
        latest.min_pool, latest.status
      )
    WHEN NOT MATCHED BY SOURCE AND stored.check_date = v_today THEN
      DELETE;
    SET v_written = @@row_count;

    CALL `eros_scheduling_brain.job_run_close`(
      v_job_id, IF(ARRAY_LENGTH(v_pages) = 0, 'COMPLETED_NO_WORK', 'SUCCESS'), ARRAY_LENGTH(v_pages), 0, v_written, 0,
      NULL, NULL,
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
