-- The scheduled form of cost_report_at, every hour.
CREATE OR REPLACE PROCEDURE `eros_scheduling_brain.cost_report`()
OPTIONS(description="Stores what the queries of today and yesterday have cost.")
BEGIN
  CALL `eros_scheduling_brain.cost_report_at`(CURRENT_TIMESTAMP());
END;
