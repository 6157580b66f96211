-- monitoring_emv_at at the present moment; the rules stand there.
-- Read by: eros report emv, dashboards.
-- Order: section, position.
CREATE OR REPLACE VIEW `eros_scheduling_brain.monitoring_emv`
OPTIONS(description="Expected value of paid messages by day, week with its change, caption, category and account size.")
AS
SELECT
  r.section,
  r.position,
  r.subject,
  r.messages,
  r.avg_emv,
  r.total_emv,
  r.revenue,
  r.change_pct
FROM `eros_scheduling_brain.monitoring_emv_at`(CURRENT_TIMESTAMP()) AS r;
