-- monitoring_cost_by_query_type_at at the present moment; the rules stand there.
-- Read by: eros report cost_by_query_type, dashboards.
-- Order: section DESC, position.
CREATE OR REPLACE VIEW `eros_scheduling_brain.monitoring_cost_by_query_type`
OPTIONS(description="Price of this stack's statements over 7 days by kind and date, with hints, and the ten dearest.")
AS
SELECT
  r.section,
  r.position,
  r.subject,
  r.day,
  r.queries,
  r.gib,
  r.cost_usd,
  r.avg_seconds,
  r.hint
FROM `eros_scheduling_brain.monitoring_cost_by_query_type_at`(CURRENT_TIMESTAMP()) AS r;
