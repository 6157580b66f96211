-- What is known about one page from its last 90 days, as one JSON text; see performance_reports_at for what it
-- holds. Called by people, and by run_daily_automation_at for single pages when the pages cannot be reported
-- together. It only reads.
CREATE OR REPLACE PROCEDURE `eros_scheduling_brain.analyze_creator_performance_at`(
  IN p_page_name STRING,
  OUT p_performance_report STRING,
  IN p_now TIMESTAMP
)
OPTIONS(description="Returns the performance report of a page for the 90 days before p_now as JSON text.")
BEGIN
  IF p_now IS NULL THEN
    RAISE USING MESSAGE = 'EROS_INVALID|p_now is null';
  END IF;
  SET p_performance_report = (
    SELECT report.performance_report
    FROM `eros_scheduling_brain.performance_reports_at`([p_page_name], p_now) AS report
  );
END;
