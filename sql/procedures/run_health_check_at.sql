-- Measures the platform's health at p_now and writes one row into health_checks: the signals that alert rules compare
-- with thresholds, the checks of the health score with their state, and the score.
-- The score is health_score's. Checks are the rules with health: true in config/alerts.yaml, and their thresholds stand
-- there too. Of two rules on one signal the more serious counts.
-- What is large or changes by the day is measured once a day; between, its last value is carried on. A part that fails
-- leaves its checks UNKNOWN and the others as they are.
-- Writes health_checks, its only record, and tells Cloud Monitoring the figures.
CREATE OR REPLACE PROCEDURE `eros_scheduling_brain.run_health_check_at`(p_now TIMESTAMP)
OPTIONS(description="Measures the platform's health at p_now and writes it as one row.")
BEGIN
  DECLARE v_hourly ARRAY<STRUCT<
    signal STRING, subject STRING, value FLOAT64, since TIMESTAMP, details STRING, is_waiting BOOL, cadence STRING,
    measured_at TIMESTAMP
  >>;
  DECLARE v_daily ARRAY<STRUCT<
    signal STRING, subject STRING, value FLOAT64, since TIMESTAMP, details STRING, is_waiting BOOL, cadence STRING,
    measured_at TIMESTAMP
  >>;
  DECLARE v_queries ARRAY<STRUCT<
    signal STRING, subject STRING, value FLOAT64, since TIMESTAMP, details STRING, is_waiting BOOL, cadence STRING,
    measured_at TIMESTAMP
  >>;
  DECLARE v_locks ARRAY<STRUCT<
    signal STRING, subject STRING, value FLOAT64, since TIMESTAMP, details STRING, is_waiting BOOL, cadence STRING,
    measured_at TIMESTAMP
  >>;

  IF p_now IS NULL THEN
    RAISE USING MESSAGE = 'EROS_INVALID|p_now is null';
  END IF;

  SET v_daily = ARRAY(
    SELECT
      STRUCT(
        part.signal, part.subject, part.value, part.since, part.details, part.is_waiting, part.cadence, part.measured_at
      )
    FROM (
      SELECT checked.signals
      FROM `eros_scheduling_brain.health_checks` AS checked
      WHERE checked.check_time > TIMESTAMP_SUB(p_now, INTERVAL 150 MINUTE) AND checked.check_time < p_now
      QUALIFY ROW_NUMBER() OVER (ORDER BY checked.check_time DESC) = 1
    ) AS newest
    CROSS JOIN UNNEST(newest.signals) AS part
    WHERE part.cadence = 'DAY' AND part.measured_at > TIMESTAMP_SUB(p_now, INTERVAL 1437 MINUTE)
  );

  -- cost: once a day because it is carried on in between
  IF ARRAY_LENGTH(v_daily) = 0 THEN
    BEGIN
      SET v_daily = ARRAY(
        SELECT STRUCT(s.signal, s.subject, s.value, s.since, s.details, s.is_waiting, 'DAY', p_now)
        FROM `eros_scheduling_brain.daily_signals_at`(p_now) AS s
      );
    EXCEPTION WHEN ERROR THEN
      SET v_daily = [];
    END;
  END IF;
  BEGIN
    SET v_hourly = ARRAY(
      SELECT STRUCT(s.signal, s.subject, s.value, s.since, s.details, s.is_waiting, 'RUN', p_now)
      FROM `eros_scheduling_brain.hourly_signals_at`(p_now) AS s
    );
  EXCEPTION WHEN ERROR THEN
    SET v_hourly = [];
  END;
  BEGIN
    SET v_queries = ARRAY(
      SELECT STRUCT(s.signal, s.subject, s.value, s.since, s.details, s.is_waiting, 'RUN', p_now)
      FROM `eros_scheduling_brain.query_signals_at`(p_now) AS s
    );
  EXCEPTION WHEN ERROR THEN
    SET v_queries = [];
  END;
  BEGIN
    SET v_locks = ARRAY(
      SELECT STRUCT(s.signal, s.subject, s.value, s.since, s.details, s.is_waiting, 'RUN', p_now)
      FROM `eros_scheduling_brain.lock_signals_at`(p_now) AS s
    );
  EXCEPTION WHEN ERROR THEN
    SET v_locks = [];
  END;

  INSERT INTO `eros_scheduling_brain.health_checks`
    (
      check_time, total_queries, slow_queries, failed_queries, avg_execution_seconds, active_locks, expired_locks,
      recent_assignments, unique_captions_assigned, health_score, status, signals, checks
    )
  WITH
    check AS (
      SELECT c.rule, c.title, c.value, c.unit, c.comparison, c.warning_threshold, c.critical_threshold, c.state
      FROM `eros_scheduling_brain.health_states_at`(
        ARRAY_CONCAT(v_queries, v_locks, v_hourly, v_daily), p_now
      ) AS c
    ),
    score AS (
      SELECT
        `eros_scheduling_brain.health_score`(
          COUNTIF(check.state = 'WARNING'), COUNTIF(check.state IN ('CRITICAL', 'UNKNOWN'))
        ) AS points,
        COUNTIF(check.state IN ('CRITICAL', 'UNKNOWN')) AS critical,
        COUNTIF(check.state = 'WARNING') AS warnings,
        ARRAY_AGG(
          STRUCT(
            check.rule, check.title, check.value, check.unit, check.comparison, check.warning_threshold,
            check.critical_threshold, check.state
          )
          ORDER BY check.rule
        ) AS checks
      FROM check
    )
  SELECT
    p_now,
    CAST(figures.total_queries AS INT64),
    CAST(figures.slow_queries AS INT64),
    CAST(figures.failed_queries AS INT64),
    figures.avg_seconds,
    CAST(figures.active_locks AS INT64),
    CAST(figures.expired_locks AS INT64),
    CAST(figures.assigned AS INT64),
    CAST(figures.unique_captions AS INT64),
    score.points,
    CASE WHEN score.critical > 0 THEN 'CRITICAL' WHEN score.warnings > 0 THEN 'WARNING' ELSE 'HEALTHY' END,
    ARRAY_CONCAT(v_queries, v_locks, v_hourly, v_daily),
    score.checks
  FROM score
  CROSS JOIN (
    SELECT
      MAX(IF(s.signal = 'total_queries', s.value, NULL)) AS total_queries,
      MAX(IF(s.signal = 'slow_queries_5m', s.value, NULL)) AS slow_queries,
      MAX(IF(s.signal = 'failed_queries_5m', s.value, NULL)) AS failed_queries,
      MAX(IF(s.signal = 'avg_seconds_5m', s.value, NULL)) AS avg_seconds,
      MAX(IF(s.signal = 'active_locks', s.value, NULL)) AS active_locks,
      MAX(IF(s.signal = 'expired_now', s.value, NULL)) AS expired_locks,
      MAX(IF(s.signal = 'assigned_5m', s.value, NULL)) AS assigned,
      MAX(IF(s.signal = 'unique_captions', s.value, NULL)) AS unique_captions
    FROM UNNEST(ARRAY_CONCAT(v_queries, v_locks)) AS s
  ) AS figures;

  -- What is written is written: a statement that nobody can hear must not make the check a failed one.
  BEGIN
    CALL `eros_scheduling_brain.tell_figures`(ARRAY_CONCAT(v_queries, v_locks, v_hourly, v_daily), p_now);
  EXCEPTION WHEN ERROR THEN
    SELECT @@error.message AS not_told;
  END;
END;
