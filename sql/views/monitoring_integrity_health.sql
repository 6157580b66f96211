-- monitoring_integrity_health_at at the present moment; the rules stand there.
-- Read by: eros report integrity_health, dashboards.
-- Order: position.
CREATE OR REPLACE VIEW `eros_scheduling_brain.monitoring_integrity_health`
OPTIONS(description="Row counts, integrity defects (all must be 0), spread of the caption statistics, locks.")
AS
SELECT
  r.position,
  r.section,
  r.measure,
  r.value,
  r.examined,
  r.state
FROM `eros_scheduling_brain.monitoring_integrity_health_at`(CURRENT_TIMESTAMP()) AS r;
