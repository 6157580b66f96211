-- monitoring_kpis_at at the present moment; the rules stand there.
-- Read by: eros report kpis, dashboards.
-- Order: position.
CREATE OR REPLACE VIEW `eros_scheduling_brain.monitoring_kpis`
OPTIONS(description="Goals of the platform: value, target, and whether it is met; UNKNOWN where nothing is known.")
AS
SELECT
  r.position,
  r.name,
  r.state,
  r.value,
  r.target,
  r.comparison,
  r.unit,
  r.measured_over
FROM `eros_scheduling_brain.monitoring_kpis_at`(CURRENT_TIMESTAMP()) AS r;
