-- monitoring_sweep_efficiency_at at the present moment; the rules stand there.
-- Read by: eros report sweep_efficiency, dashboards.
-- Order: day DESC.
CREATE OR REPLACE VIEW `eros_scheduling_brain.monitoring_sweep_efficiency`
OPTIONS(description="Lock sweeps by date over the last 7 Los Angeles days: how many locks they closed, and how fast.")
AS
SELECT
  r.day,
  r.state,
  r.sweeps,
  r.locks_cleaned,
  r.avg_cleaned,
  r.max_cleaned,
  r.avg_seconds
FROM `eros_scheduling_brain.monitoring_sweep_efficiency_at`(CURRENT_TIMESTAMP()) AS r;
