-- monitoring_job_errors_at at the present moment; the rules stand there.
-- Read by: eros report job_errors, dashboards.
-- Order: creation_time DESC, job_id.
CREATE OR REPLACE VIEW `eros_scheduling_brain.monitoring_job_errors`
OPTIONS(description="The ten latest statements of this stack that failed in the last hour.")
AS
SELECT
  r.creation_time,
  r.job_id,
  r.user_email,
  r.statement_type,
  r.seconds,
  r.error_reason,
  r.error_message
FROM `eros_scheduling_brain.monitoring_job_errors_at`(CURRENT_TIMESTAMP()) AS r;
