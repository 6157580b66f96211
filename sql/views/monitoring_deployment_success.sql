-- monitoring_deployment_success_at at the present moment; the rules stand there.
-- Read by: eros report deployment_success, dashboards.
-- Order: section DESC, position.
CREATE OR REPLACE VIEW `eros_scheduling_brain.monitoring_deployment_success`
OPTIONS(description="Score of the platform in five parts, deployments before and after, failed statements by day.")
AS
SELECT
  r.section,
  r.position,
  r.subject,
  r.value,
  r.value_before,
  r.change_pct,
  r.points,
  r.state,
  r.unit
FROM `eros_scheduling_brain.monitoring_deployment_success_at`(CURRENT_TIMESTAMP()) AS r;
