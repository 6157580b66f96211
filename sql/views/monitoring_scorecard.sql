-- monitoring_scorecard_at at the present moment; the rules stand there.
-- Read by: eros report scorecard, dashboards.
-- Order: position.
CREATE OR REPLACE VIEW `eros_scheduling_brain.monitoring_scorecard`
OPTIONS(description="The platform in six lines: PASS or FAIL against the limits of the alert rules.")
AS
SELECT
  r.position,
  r.check_name,
  r.state,
  r.value,
  r.highest,
  r.unit
FROM `eros_scheduling_brain.monitoring_scorecard_at`(CURRENT_TIMESTAMP()) AS r;
