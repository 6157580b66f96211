-- monitoring_table_growth_at at the present moment; the rules stand there.
-- Read by: eros report table_growth, dashboards.
-- Order: day DESC.
CREATE OR REPLACE VIEW `eros_scheduling_brain.monitoring_table_growth`
OPTIONS(description="Captions and creators with statistics on each of the last 30 days, with mean observations and EMV.")
AS
SELECT
  r.day,
  r.captions,
  r.captions_added,
  r.creators,
  r.avg_observations,
  r.avg_emv
FROM `eros_scheduling_brain.monitoring_table_growth_at`(CURRENT_TIMESTAMP()) AS r;
