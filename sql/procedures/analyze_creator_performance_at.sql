-- What is known about one page from its last 90 days, as one JSON text; see report_standings_at and report_rankings_at
-- for what it holds. Called by people, and by run_daily_automation_at for single pages when the pages cannot be reported
-- together. It only reads.
CREATE OR REPLACE PROCEDURE `eros_scheduling_brain.analyze_creator_performance_at`(
  IN p_page_name STRING,
  OUT p_performance_report STRING,
  IN p_now TIMESTAMP
)
OPTIONS(description="Returns the performance report of a page for the 90 days before p_now as JSON text.")
BEGIN
  DECLARE v_standing STRING;
  DECLARE v_rankings STRING;

  IF p_now IS NULL THEN
    RAISE USING MESSAGE = 'EROS_INVALID|p_now is null';
  END IF;

  -- Two statements: see report_standings_at.
  SET v_standing = (
    SELECT half.standing
    FROM `eros_scheduling_brain.report_standings_at`([p_page_name], p_now) AS half
  );
  SET v_rankings = (
    SELECT half.rankings
    FROM `eros_scheduling_brain.report_rankings_at`([p_page_name], p_now) AS half
  );
  SET p_performance_report = `eros_scheduling_brain.joined_json`(v_standing, v_rankings);
END;
