-- Brings holiday_calendar and feature_flags to what config/holidays.yaml and config/flags.yaml declare.
-- A declared date gets its declared name, type and factor. A flag is only added where it is absent, so that whoever
-- turned a switch off finds it off. Nothing is deleted: the tables may hold rows of people, and a line that left its
-- file is told from those by nobody.
-- Called by dispatch_daily_automation_at when other content was deployed or the last run failed, by
-- run_daily_automation_at once a day, and by people. It may run at any time and again: the second run writes nothing.
-- Its job_id ends in the digest of the content. A failure is a FAILED run and is raised.
CREATE OR REPLACE PROCEDURE `eros_scheduling_brain.apply_reference_data_at`(p_now TIMESTAMP)
OPTIONS(description="Brings holidays and flags to what the configuration declares, as a job run.")
BEGIN
  DECLARE v_started TIMESTAMP DEFAULT CURRENT_TIMESTAMP();
  DECLARE v_date DATE DEFAULT `eros_scheduling_brain.la_date`(p_now);
  -- Read first: should a deployment come between, the rows are newer than the digest, and the next tick applies again.
  DECLARE v_job_id STRING DEFAULT CONCAT(
    'apply_reference_data_', FORMAT_DATE('%Y%m%d', v_date), '_', GENERATE_UUID(), '_',
    (SELECT content.digest FROM `eros_scheduling_brain.reference_data_digest` AS content)
  );
  DECLARE v_written INT64 DEFAULT 0;

  IF p_now IS NULL THEN
    RAISE USING MESSAGE = 'EROS_INVALID|p_now is null';
  END IF;

  CALL `eros_scheduling_brain.job_run_open`(v_job_id, 'apply_reference_data', v_date, p_now);
  BEGIN
    MERGE `eros_scheduling_brain.holiday_calendar` AS held
    USING (
      SELECT
        holiday.holiday_date,
        holiday.holiday_name,
        holiday.holiday_type,
        holiday.is_major_holiday,
        holiday.saturation_impact_factor
      FROM `eros_scheduling_brain.declared_holidays` AS holiday
    ) AS declared
    ON held.holiday_date = declared.holiday_date
    WHEN MATCHED
      AND (
        held.holiday_name IS DISTINCT FROM declared.holiday_name
        OR held.holiday_type IS DISTINCT FROM declared.holiday_type
        OR held.is_major_holiday IS DISTINCT FROM declared.is_major_holiday
        OR held.saturation_impact_factor IS DISTINCT FROM declared.saturation_impact_factor
      )
    THEN
      UPDATE SET
        holiday_name = declared.holiday_name,
        holiday_type = declared.holiday_type,
        is_major_holiday = declared.is_major_holiday,
        saturation_impact_factor = declared.saturation_impact_factor
    WHEN NOT MATCHED THEN
      INSERT (holiday_date, holiday_name, holiday_type, is_major_holiday, saturation_impact_factor)
      VALUES (
        declared.holiday_date,
        declared.holiday_name,
        declared.holiday_type,
        declared.is_major_holiday,
        declared.saturation_impact_factor
      );
    SET v_written = @@row_count;

    MERGE `eros_scheduling_brain.feature_flags` AS held
    USING (
      SELECT flag.flag, flag.is_enabled
      FROM `eros_scheduling_brain.declared_flags` AS flag
    ) AS declared
    ON held.flag = declared.flag
    WHEN NOT MATCHED THEN
      INSERT (flag, is_enabled, updated_at, updated_by)
      VALUES (declared.flag, declared.is_enabled, p_now, 'apply_reference_data');
    SET v_written = v_written + @@row_count;

    CALL `eros_scheduling_brain.job_run_close`(
      v_job_id, 'SUCCESS', NULL, NULL, v_written, 0, NULL, NULL,
      TIMESTAMP_ADD(p_now, INTERVAL TIMESTAMP_DIFF(CURRENT_TIMESTAMP(), v_started, MICROSECOND) MICROSECOND)
    );
  EXCEPTION WHEN ERROR THEN
    CALL `eros_scheduling_brain.job_run_close`(
      v_job_id, 'FAILED', NULL, NULL, NULL, NULL, NULL, @@error.message,
      TIMESTAMP_ADD(p_now, INTERVAL TIMESTAMP_DIFF(CURRENT_TIMESTAMP(), v_started, MICROSECOND) MICROSECOND)
    );
    RAISE;
  END;
END;
