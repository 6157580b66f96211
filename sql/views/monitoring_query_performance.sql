-- monitoring_query_performance_at at the present moment; the rules stand there.
-- Read by: eros report query_performance, dashboards.
-- Order: queries DESC, query_type.
CREATE OR REPLACE VIEW `eros_scheduling_brain.monitoring_query_performance`
OPTIONS(description="Durations and failures of this stack's statements in the last 24 hours by kind of statement.")
AS
SELECT
  r.query_type,
  r.state,
  r.queries,
  r.failed,
  r.failure_pct,
  r.p50_seconds,
  r.p95_seconds,
  r.p99_seconds,
  r.max_seconds
FROM `eros_scheduling_brain.monitoring_query_performance_at`(CURRENT_TIMESTAMP()) AS r;
