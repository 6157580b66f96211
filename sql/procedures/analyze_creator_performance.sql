-- The report of a page as of now: see analyze_creator_performance_at.
CREATE OR REPLACE PROCEDURE `eros_scheduling_brain.analyze_creator_performance`(
  IN p_page_name STRING,
  OUT p_performance_report STRING
)
OPTIONS(description="Returns the performance report of a page, as of now, as JSON text.")
BEGIN
  CALL `eros_scheduling_brain.analyze_creator_performance_at`(
    p_page_name, p_performance_report, CURRENT_TIMESTAMP()
  );
END;
