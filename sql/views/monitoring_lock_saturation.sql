-- monitoring_lock_saturation_at at the present moment; the rules stand there.
-- Read by: eros report lock_saturation, dashboards.
-- Order: saturation_pct DESC NULLS FIRST, page_name.
CREATE OR REPLACE VIEW `eros_scheduling_brain.monitoring_lock_saturation`
OPTIONS(description="Captions that each page has locked against its pool; WARNING above 60 %, CRITICAL above 80 %.")
AS
SELECT
  r.page_name,
  r.state,
  r.saturation_pct,
  r.active_locks,
  r.locked_captions,
  r.pool_captions,
  r.pool_checked_on,
  r.first_send_date,
  r.last_send_date,
  r.span_days
FROM `eros_scheduling_brain.monitoring_lock_saturation_at`(CURRENT_TIMESTAMP()) AS r;
