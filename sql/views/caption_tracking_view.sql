-- caption_tracking_view_at at the present moment; the rules stand there.
-- Read by: reports on the selection.
CREATE OR REPLACE VIEW `eros_scheduling_brain.caption_tracking_view`
OPTIONS(description="Predicted score and actual result of each caption used in the last 90 Los Angeles days.")
AS
SELECT
  r.page_name,
  r.caption_id,
  r.scheduled_send_date,
  r.predicted_score,
  r.actual_messages,
  r.actual_conversion_rate,
  r.actual_revenue,
  r.revenue_vs_page_median
FROM `eros_scheduling_brain.caption_tracking_view_at`(CURRENT_TIMESTAMP()) AS r;
