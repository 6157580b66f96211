-- Tells Cloud Monitoring the figures of a health check: those signals that are of the platform as a whole (ages in hours),
-- and the score.
-- A scheduled query has no log of its own. But BigQuery writes the text of each statement into its audit log
-- (docs.cloud.google.com/bigquery/docs/reference/auditlogs/rest/Shared.Types/BigQueryAuditMetadata, JobConfig.Query.query),
-- so the figures are the text of one that reads nothing and costs nothing:
--   SELECT 'EROS_FIGURES|stack=STACK|SIGNAL=VALUE|SIGNAL=VALUE|' AS figures
-- The log metrics of catalog/told_figures.py take them from there.
-- Reads and writes nothing. Called by run_health_check_at with the signals that it has measured.
CREATE OR REPLACE PROCEDURE `eros_scheduling_brain.tell_figures`(
  p_signals ARRAY<STRUCT<
    signal STRING, subject STRING, value FLOAT64, since TIMESTAMP, details STRING, is_waiting BOOL, cadence STRING,
    measured_at TIMESTAMP
  >>,
  p_now TIMESTAMP
)
OPTIONS(description="Puts the figures of a health check into the audit log, as the text of a statement that reads nothing.")
BEGIN
  DECLARE v_figures STRING;

  SET v_figures = (
    SELECT
      CONCAT(
        'EROS_FIGURES|stack=', MAX(stack.stack), '|',
        STRING_AGG(CONCAT(told.signal, '=', CAST(ROUND(told.value, 4) AS STRING)), '|' ORDER BY told.signal), '|'
      )
    FROM (
      SELECT s.signal, COALESCE(s.value, TIMESTAMP_DIFF(p_now, s.since, SECOND) / 3600) AS value
      FROM UNNEST(p_signals) AS s
      WHERE COALESCE(s.value, UNIX_SECONDS(s.since)) IS NOT NULL AND COALESCE(s.subject, '') = '' AND NOT COALESCE(s.is_waiting, FALSE)
      UNION ALL
      SELECT
        'health_score' AS signal,
        `eros_scheduling_brain.health_score`(
          COUNTIF(c.state = 'WARNING'), COUNTIF(c.state IN ('CRITICAL', 'UNKNOWN'))
        ) AS value
      FROM `eros_scheduling_brain.health_states_at`(p_signals, p_now) AS c
    ) AS told
    CROSS JOIN `eros_scheduling_brain.deployed_stack` AS stack
  );
  EXECUTE IMMEDIATE CONCAT("SELECT '", v_figures, "' AS figures");
END;
