-- Stores what the statements of this stack have cost on the Los Angeles date of p_now, and once more on the day before:
-- what still ran at midnight ends within six hours, so the day is closed by the runs of the next one.
-- One row a date in cost_reports; running again replaces its figures. Writes cost_reports and the job run.
-- p_now is the instant for which it computes; only the measured duration reads the clock.
CREATE OR REPLACE PROCEDURE `eros_scheduling_brain.cost_report_at`(p_now TIMESTAMP)
OPTIONS(description="Stores the cost of the Los Angeles date of p_now and of the day before, one row each.")
BEGIN
  DECLARE v_started TIMESTAMP DEFAULT CURRENT_TIMESTAMP();
  DECLARE v_today DATE DEFAULT `eros_scheduling_brain.la_date`(p_now);
  DECLARE v_job_id STRING DEFAULT CONCAT('cost_report_', FORMAT_DATE('%Y%m%d', v_today), '_', GENERATE_UUID());
  DECLARE v_written INT64 DEFAULT 0;

  IF p_now IS NULL THEN
    RAISE USING MESSAGE = 'EROS_INVALID|p_now is null';
  END IF;
  CALL `eros_scheduling_brain.job_run_open`(v_job_id, 'cost_report', v_today, p_now);

  BEGIN
    MERGE `eros_scheduling_brain.cost_reports` AS stored
    USING (
      SELECT
        figures.date,
        figures.total_queries,
        figures.unique_users,
        figures.tb_processed,
        figures.tb_billed,
        figures.estimated_cost_usd,
        figures.select_count,
        figures.insert_count,
        figures.update_count,
        figures.delete_count,
        figures.merge_count,
        figures.call_count,
        figures.create_count,
        figures.avg_seconds,
        figures.p95_seconds,
        figures.cost_status,
        figures.select_bytes,
        figures.insert_bytes,
        figures.update_bytes,
        figures.delete_bytes,
        figures.merge_bytes,
        figures.create_bytes
      FROM `eros_scheduling_brain.cost_figures_at`(p_now) AS figures
    ) AS latest
    ON stored.date = latest.date AND stored.date >= DATE_SUB(v_today, INTERVAL 1 DAY)
    WHEN MATCHED THEN
      UPDATE SET
        report_time = p_now,
        total_queries = latest.total_queries,
        unique_users = latest.unique_users,
        tb_processed = latest.tb_processed,
        tb_billed = latest.tb_billed,
        estimated_cost_usd = latest.estimated_cost_usd,
        select_count = latest.select_count,
        insert_count = latest.insert_count,
        update_count = latest.update_count,
        delete_count = latest.delete_count,
        merge_count = latest.merge_count,
        call_count = latest.call_count,
        create_count = latest.create_count,
        avg_seconds = latest.avg_seconds,
        p95_seconds = latest.p95_seconds,
        cost_status = latest.cost_status,
        select_tb_billed = latest.select_bytes / POW(2, 40),
        insert_tb_billed = latest.insert_bytes / POW(2, 40),
        update_tb_billed = latest.update_bytes / POW(2, 40),
        delete_tb_billed = latest.delete_bytes / POW(2, 40),
        merge_tb_billed = latest.merge_bytes / POW(2, 40),
        create_tb_billed = latest.create_bytes / POW(2, 40),
        select_cost_usd = `eros_scheduling_brain.query_cost_usd`(latest.select_bytes),
        insert_cost_usd = `eros_scheduling_brain.query_cost_usd`(latest.insert_bytes),
        update_cost_usd = `eros_scheduling_brain.query_cost_usd`(latest.update_bytes),
        delete_cost_usd = `eros_scheduling_brain.query_cost_usd`(latest.delete_bytes),
        merge_cost_usd = `eros_scheduling_brain.query_cost_usd`(latest.merge_bytes),
        create_cost_usd = `eros_scheduling_brain.query_cost_usd`(latest.create_bytes)
    WHEN NOT MATCHED THEN
      INSERT (
        report_time, date, total_queries, unique_users, tb_processed, tb_billed, estimated_cost_usd,
        select_count, insert_count, update_count, delete_count, merge_count, call_count, create_count,
        avg_seconds, p95_seconds, cost_status,
        select_tb_billed, insert_tb_billed, update_tb_billed, delete_tb_billed, merge_tb_billed, create_tb_billed,
        select_cost_usd, insert_cost_usd, update_cost_usd, delete_cost_usd, merge_cost_usd, create_cost_usd
      )
      VALUES (
        p_now, latest.date, latest.total_queries, latest.unique_users, latest.tb_processed, latest.tb_billed,
        latest.estimated_cost_usd, latest.select_count, latest.insert_count, latest.update_count,
        latest.delete_count, latest.merge_count, latest.call_count, latest.create_count, latest.avg_seconds,
        latest.p95_seconds, latest.cost_status,
        latest.select_bytes / POW(2, 40), latest.insert_bytes / POW(2, 40), latest.update_bytes / POW(2, 40),
        latest.delete_bytes / POW(2, 40), latest.merge_bytes / POW(2, 40), latest.create_bytes / POW(2, 40),
        `eros_scheduling_brain.query_cost_usd`(latest.select_bytes),
        `eros_scheduling_brain.query_cost_usd`(latest.insert_bytes),
        `eros_scheduling_brain.query_cost_usd`(latest.update_bytes),
        `eros_scheduling_brain.query_cost_usd`(latest.delete_bytes),
        `eros_scheduling_brain.query_cost_usd`(latest.merge_bytes),
        `eros_scheduling_brain.query_cost_usd`(latest.create_bytes)
      );
    SET v_written = @@row_count;

    CALL `eros_scheduling_brain.job_run_close`(
      v_job_id, 'SUCCESS', NULL, NULL, v_written, 0, NULL, NULL,
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
