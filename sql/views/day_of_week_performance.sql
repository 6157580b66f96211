-- day_of_week_performance_at at the present moment; the rules stand there.
-- Read by: the schedule builder and dashboards.
CREATE OR REPLACE VIEW `eros_scheduling_brain.day_of_week_performance`
OPTIONS(description="Conversion of each Los Angeles weekday (1 = Sunday) against the page, over the last 30 days, with a volume multiplier.")
AS
SELECT
  r.page_name,
  r.day_of_week_la,
  r.message_count,
  r.avg_conversion,
  r.overall_conversion,
  r.conversion_index,
  r.performance_label,
  r.volume_multiplier
FROM `eros_scheduling_brain.day_of_week_performance_at`(CURRENT_TIMESTAMP()) AS r;
