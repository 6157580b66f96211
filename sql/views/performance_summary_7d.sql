-- performance_summary_7d_at at the present moment; the rules stand there.
-- Read by: dashboards.
CREATE OR REPLACE VIEW `eros_scheduling_brain.performance_summary_7d`
OPTIONS(description="Messages, rates, revenue and audience of each page over the last 7 days.")
AS
SELECT
  r.page_name,
  r.message_count,
  r.ppv_count,
  r.bump_count,
  r.conversion_rate,
  r.unlock_rate,
  r.total_revenue,
  r.avg_revenue_per_ppv,
  r.max_sent_count,
  r.account_size_tier,
  r.first_date,
  r.last_date
FROM `eros_scheduling_brain.performance_summary_7d_at`(CURRENT_TIMESTAMP()) AS r;
