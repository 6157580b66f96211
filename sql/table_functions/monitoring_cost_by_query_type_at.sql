-- Where the money goes: this stack's statements of the last seven Los Angeles dates by kind and day, and the ten dearest.
-- Bytes count once: scripts as such are left out. Prices are on demand (query_cost_usd), without the free TiB a month.
-- What the tables cost to keep is the report storage, which reads no history.
-- Read by: monitoring_cost_by_query_type. Source: stack_jobs_at.
CREATE OR REPLACE TABLE FUNCTION `eros_scheduling_brain.monitoring_cost_by_query_type_at`(p_now TIMESTAMP)
RETURNS TABLE<
  --: TYPE (a kind of statement over the 7 dates), DAY (a kind on a date), TOP (the ten dearest).
  section STRING,
  --: Place in the section, from 1: the dearest first, in DAY the latest date first.
  position INT64,
  --: Kind of statement; in TOP the job.
  subject STRING,
  --: Los Angeles date on which the statements were created; null in TYPE.
  day DATE,
  --: Statements.
  queries INT64,
  --: GiB billed.
  gib FLOAT64,
  --: Their price in US dollars.
  cost_usd FLOAT64,
  --: Mean duration in seconds; null while nothing has ended.
  avg_seconds FLOAT64,
  --: TYPE: what to look at (mean above 100 MiB or above 5 seconds, more than 10,000 statements); null for nothing.
  hint STRING
>
OPTIONS(description="Price of this stack's statements over 7 days by kind and date with hints, and the ten dearest.")
AS
SELECT
  c.section,
  ROW_NUMBER() OVER (
    PARTITION BY c.section ORDER BY c.day_or_none DESC, c.bytes DESC, c.subject
  ) AS position,
  c.subject,
  c.day,
  c.queries,
  c.bytes / POW(2, 30) AS gib,
  c.cost_usd,
  c.avg_seconds,
  c.hint
FROM (
  WITH
    statement AS (
      SELECT
        job.job_id,
        COALESCE(job.statement_type, 'OTHER') AS statement_type,
        DATE(job.creation_time, 'America/Los_Angeles') AS day,
        COALESCE(job.total_bytes_billed, 0) AS bytes,
        TIMESTAMP_DIFF(job.end_time, job.start_time, MILLISECOND) / 1000 AS seconds
      FROM `eros_scheduling_brain.stack_jobs_at`(
        TIMESTAMP_SUB(
          TIMESTAMP(DATE_SUB(DATE(p_now, 'America/Los_Angeles'), INTERVAL 6 DAY), 'America/Los_Angeles'),
          INTERVAL 1 MICROSECOND
        ),
        p_now
      ) AS job
    ),
    keyed AS (
      -- Each statement once a section, so that the jobs are read once.
      SELECT
        section,
        IF(section = 'TOP', statement.job_id, statement.statement_type) AS subject,
        IF(section = 'TYPE', NULL, statement.day) AS day,
        statement.bytes,
        statement.seconds
      FROM statement
      CROSS JOIN UNNEST(['TYPE', 'DAY', 'TOP']) AS section
    ),
    grouped AS (
      SELECT
        keyed.section,
        keyed.subject,
        keyed.day,
        COUNT(*) AS queries,
        SUM(keyed.bytes) AS bytes,
        AVG(keyed.seconds) AS avg_seconds
      FROM keyed
      GROUP BY keyed.section, keyed.subject, keyed.day
    ),
    ranked AS (
      SELECT
        grouped.section,
        grouped.subject,
        grouped.day,
        grouped.queries,
        grouped.bytes,
        grouped.avg_seconds,
        ROW_NUMBER() OVER (PARTITION BY grouped.section ORDER BY grouped.bytes DESC, grouped.subject) AS place
      FROM grouped
    )
  SELECT
    ranked.section,
    ranked.subject,
    ranked.day,
    IF(ranked.section = 'DAY', ranked.day, NULL) AS day_or_none,
    ranked.queries,
    ranked.bytes,
    `eros_scheduling_brain.query_cost_usd`(ranked.bytes) AS cost_usd,
    ranked.avg_seconds,
    IF(
      ranked.section = 'TYPE',
      NULLIF(
        ARRAY_TO_STRING(
          [
            IF(ranked.bytes > 100 * POW(2, 20) * ranked.queries, 'reads much: filter by partition', NULL),
            IF(ranked.avg_seconds > 5, 'slow: look at its plan', NULL),
            IF(ranked.queries > 10000, 'often: run it less or keep its result', NULL)
          ],
          '; '
        ),
        ''
      ),
      NULL
    ) AS hint
  FROM ranked
  WHERE ranked.section != 'TOP' OR ranked.place <= 10
) AS c;
