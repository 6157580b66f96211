-- The feedback: what the messages of the last 90 days say about each caption on each page.
-- Reads message_facts and the caption bank; writes message_caption_matches, caption_bandit_stats and the job
-- run. It recomputes everything and replaces it, so running twice changes nothing but last_updated.
-- p_now is the instant for which it computes; only the measured duration reads the clock.
-- Success is revenue per recipient above the median of the page. A message needs 24 hours to mature first.
-- It counts in UTC, in steps of 24 hours before p_now, and not in Los Angeles days like the reports: the window slides
-- with each of the four runs a day, a clock change makes no day of it longer or shorter, and the bounds are instants
-- as they stand in the partition column, so that partitions are pruned. No figure of it belongs to a calendar day.
CREATE OR REPLACE PROCEDURE `eros_scheduling_brain.update_caption_performance_at`(p_now TIMESTAMP)
OPTIONS(description="Recomputes caption_bandit_stats from the messages of the 90 days before p_now.")
BEGIN
  DECLARE v_started TIMESTAMP DEFAULT CURRENT_TIMESTAMP();
  DECLARE v_today DATE DEFAULT `eros_scheduling_brain.la_date`(p_now);
  DECLARE v_job_id STRING DEFAULT CONCAT(
    'update_caption_performance_', FORMAT_DATE('%Y%m%d', v_today), '_', GENERATE_UUID()
  );
  DECLARE v_latest_message TIMESTAMP;
  DECLARE v_captions INT64 DEFAULT 0;
  DECLARE v_pages INT64 DEFAULT 0;
  DECLARE v_is_written BOOL DEFAULT FALSE;
  DECLARE v_tries INT64 DEFAULT 0;
  DECLARE v_is_at_work BOOL DEFAULT FALSE;
  DECLARE v_error STRING;

  IF p_now IS NULL THEN
    RAISE USING MESSAGE = 'EROS_INVALID|p_now is null';
  END IF;
  CALL `eros_scheduling_brain.reap_job_runs`(p_now);
  CALL `eros_scheduling_brain.job_run_open`(v_job_id, 'update_caption_performance', v_today, p_now);

  BEGIN
    CALL `eros_scheduling_brain.match_message_captions`(v_job_id, p_now);

    -- Everything is computed before the transaction, which then is short.
    CREATE OR REPLACE TEMP TABLE feedback_statistics AS
    WITH
      paid_messages AS (
        -- Matured paid messages, also those without a caption: they too tell what is usual on a page.
        SELECT
          facts.row_id AS row_id,
          facts.page_name AS page_name,
          facts.caption_id AS caption_id,
          facts.sending_time AS sending_time,
          facts.viewed_count AS viewed_count,
          facts.purchased_count AS purchased_count,
          facts.earnings AS earnings,
          facts.emv AS emv,
          facts.rpr AS rpr
        FROM `eros_scheduling_brain.message_facts` AS facts
        WHERE
          facts.sending_time > TIMESTAMP_SUB(p_now, INTERVAL 90 DAY)
          AND facts.sending_time <= TIMESTAMP_SUB(p_now, INTERVAL 24 HOUR)
          AND facts.message_type = 'PPV'
          AND facts.sent_count > 0
      ),
      -- Medians over rpr only: a window over the messages themselves would carry all their columns through one sort.
      page_medians AS (
        SELECT DISTINCT
          rates.page_name AS page_name,
          COUNT(*) OVER (PARTITION BY rates.page_name) AS messages,
          PERCENTILE_CONT(rates.rpr, 0.5) OVER (PARTITION BY rates.page_name) AS median_rpr
        FROM paid_messages AS rates
      ),
      agency_median AS (
        SELECT PERCENTILE_CONT(rates.rpr, 0.5) OVER () AS median_rpr
        FROM paid_messages AS rates
        LIMIT 1
      ),
      judged_messages AS (
        -- Fewer than ten messages say nothing about a page: then the agency's median decides.
        -- Rounded, so that equal rates compare as equal.
        SELECT
          paid.row_id AS row_id,
          paid.page_name AS page_name,
          paid.caption_id AS caption_id,
          paid.sending_time AS sending_time,
          paid.viewed_count AS viewed_count,
          paid.purchased_count AS purchased_count,
          paid.earnings AS earnings,
          paid.emv AS emv,
          ROUND(paid.rpr, 6)
            > ROUND(IF(page_medians.messages < 10, agency_median.median_rpr, page_medians.median_rpr), 6)
            AS is_success
        FROM paid_messages AS paid
        INNER JOIN page_medians ON page_medians.page_name = paid.page_name
        CROSS JOIN agency_median
      ),
      caption_totals AS (
        -- One success and one failure are the prior. Sums of floats are rounded, because their last digits
        -- depend on the order in which the rows are added. The casts keep INT64 on an engine that counts in a
        -- wider type.
        SELECT
          judged.page_name AS page_name,
          judged.caption_id AS caption_id,
          CAST(1 + COUNTIF(judged.is_success) AS INT64) AS successes,
          CAST(1 + COUNTIF(NOT judged.is_success) AS INT64) AS failures,
          COUNT(*) AS total_observations,
          ROUND(SUM(judged.earnings), 6) AS total_revenue,
          COALESCE(SAFE_DIVIDE(SUM(judged.purchased_count), SUM(judged.viewed_count)), 0)
            AS avg_conversion_rate,
          ROUND(AVG(judged.emv), 9) AS avg_emv,
          ARRAY_AGG(judged.emv ORDER BY judged.sending_time DESC, judged.row_id DESC LIMIT 1)[OFFSET(0)]
            AS last_emv_observed,
          MAX(judged.sending_time) AS last_used
        FROM judged_messages AS judged
        WHERE judged.caption_id IS NOT NULL
        GROUP BY judged.page_name, judged.caption_id
      ),
      ranked_captions AS (
        SELECT
          totals.*,
          `eros_scheduling_brain.wilson_score_bounds`(totals.successes, totals.failures) AS bounds,
          COUNT(*) OVER (PARTITION BY totals.page_name) AS page_captions,
          PERCENT_RANK() OVER (
            PARTITION BY totals.page_name ORDER BY ROUND(totals.avg_emv, 6)
          ) AS emv_rank
        FROM caption_totals AS totals
      )
    SELECT
      ranked.page_name AS page_name,
      ranked.caption_id AS caption_id,
      ranked.successes AS successes,
      ranked.failures AS failures,
      ranked.total_observations AS total_observations,
      ranked.total_revenue AS total_revenue,
      ranked.avg_conversion_rate AS avg_conversion_rate,
      ranked.avg_emv AS avg_emv,
      ranked.last_emv_observed AS last_emv_observed,
      ranked.bounds.lower_bound AS confidence_lower_bound,
      ranked.bounds.upper_bound AS confidence_upper_bound,
      ranked.bounds.exploration_bonus AS exploration_score,
      ranked.last_used AS last_used,
      IF(ranked.page_captions = 1, 50, CAST(ROUND(100 * ranked.emv_rank) AS INT64)) AS performance_percentile
    FROM ranked_captions AS ranked;

    SET v_captions = (SELECT COUNT(*) FROM feedback_statistics);
    SET v_pages = (SELECT COUNT(DISTINCT statistics.page_name) FROM feedback_statistics AS statistics);
    SET v_latest_message = (SELECT MAX(statistics.last_used) FROM feedback_statistics AS statistics);

    -- Without a single caption nothing has been learnt, and what was known stays.
    SET v_is_written = (v_captions = 0);
    WHILE NOT v_is_written DO
      IF v_tries = 5 THEN
        RAISE USING MESSAGE = `eros_scheduling_brain.transaction_failure`(
          'update_caption_performance', v_tries, v_is_at_work, v_error
        );
      END IF;
      SET v_tries = v_tries + 1;
      SET v_is_at_work = FALSE;
      BEGIN
        CALL `eros_scheduling_brain.seed_mutex`('update_caption_performance', p_now);
        BEGIN TRANSACTION;
        UPDATE `eros_scheduling_brain.feedback_mutex` AS mutex
        SET updated_at = p_now, holder = v_job_id
        WHERE mutex.name = 'update_caption_performance';
        SET v_is_at_work = TRUE;

        MERGE `eros_scheduling_brain.caption_bandit_stats` AS stats
        USING feedback_statistics AS latest
        ON stats.page_name = latest.page_name AND stats.caption_id = latest.caption_id
        WHEN MATCHED THEN
          UPDATE SET
            successes = latest.successes,
            failures = latest.failures,
            total_observations = latest.total_observations,
            total_revenue = latest.total_revenue,
            avg_conversion_rate = latest.avg_conversion_rate,
            avg_emv = latest.avg_emv,
            last_emv_observed = latest.last_emv_observed,
            confidence_lower_bound = latest.confidence_lower_bound,
            confidence_upper_bound = latest.confidence_upper_bound,
            exploration_score = latest.exploration_score,
            last_used = latest.last_used,
            last_updated = p_now,
            performance_percentile = latest.performance_percentile
        WHEN NOT MATCHED BY TARGET THEN
          INSERT (
            page_name, caption_id, successes, failures, total_observations, total_revenue,
            avg_conversion_rate, avg_emv, last_emv_observed, confidence_lower_bound, confidence_upper_bound,
            exploration_score, last_used, last_updated, performance_percentile
          )
          VALUES (
            latest.page_name, latest.caption_id, latest.successes, latest.failures, latest.total_observations,
            latest.total_revenue, latest.avg_conversion_rate, latest.avg_emv, latest.last_emv_observed,
            latest.confidence_lower_bound, latest.confidence_upper_bound, latest.exploration_score,
            latest.last_used, p_now, latest.performance_percentile
          )
        -- A caption that left the window equals the prior, and the prior needs no row.
        WHEN NOT MATCHED BY SOURCE THEN DELETE;
        SET v_is_at_work = FALSE;
        COMMIT TRANSACTION;
        SET v_is_written = TRUE;
      EXCEPTION WHEN ERROR THEN
        SET v_error = @@error.message;
        BEGIN
          ROLLBACK TRANSACTION;
        EXCEPTION WHEN ERROR THEN
          -- A transaction that lost may be gone already.
        END;
      END;
    END WHILE;

    CALL `eros_scheduling_brain.job_run_close`(
      v_job_id, IF(v_captions > 0, 'SUCCESS', 'COMPLETED_NO_WORK'), v_pages, 0, v_captions, 0,
      v_latest_message, NULL,
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
