-- monitoring_capacity_at at the present moment; the rules stand there.
-- Read by: eros report capacity, dashboards.
-- Order: position.
CREATE OR REPLACE VIEW `eros_scheduling_brain.monitoring_capacity`
OPTIONS(description="Creators, captions, locks and run time against the sizes that the platform is planned for.")
AS
SELECT
  r.position,
  r.measure,
  r.state,
  r.value,
  r.planned,
  r.most,
  r.used_pct,
  r.unit
FROM `eros_scheduling_brain.monitoring_capacity_at`(CURRENT_TIMESTAMP()) AS r;
