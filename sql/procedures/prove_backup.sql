-- Loads the files of a backup into temporary tables and compares counts and checksums with its manifest
-- (docs/decisions/0030-the-monthly-restore-drill.md). Raises EROS_DRILL with every table that does not match.
-- The files are named by the folder and the manifest, and a load takes no variables: so these statements are put together
-- here. A table whose manifest says 0 rows may have no file and is not loaded.
-- Called by restore_drill_at. Reads files, writes temporary tables only.
-- p_folder: gs://BUCKET/ID/. p_tables: tables of the manifest; p_rows: rows that came back.
CREATE OR REPLACE PROCEDURE `eros_scheduling_brain.prove_backup`(p_folder STRING, OUT p_tables INT64, OUT p_rows INT64)
OPTIONS(description="Loads every file of a backup again and raises what does not have the recorded count and checksum.")
BEGIN
  DECLARE v_row STRING;
  DECLARE v_count INT64;
  DECLARE v_checksum STRING;
  DECLARE v_problems ARRAY<STRING> DEFAULT [];

  IF p_folder IS NULL OR NOT REGEXP_CONTAINS(p_folder, r'^gs://[a-z0-9._-]+/[0-9_-]+/$') THEN
    RAISE USING MESSAGE = 'EROS_INVALID|p_folder is no folder of a backup';
  END IF;
  SET p_rows = 0;

  CREATE OR REPLACE TEMP TABLE drilled_manifest (
    table_name STRING,
    row_count STRING,
    checksum STRING,
    `schema` STRING,
    backup_completed BOOL
  );
  EXECUTE IMMEDIATE CONCAT(
    'LOAD DATA OVERWRITE TEMP TABLE drilled_manifest ',
    '(table_name STRING, row_count STRING, checksum STRING, `schema` STRING, backup_completed BOOL) ',
    'FROM FILES (format = "JSON", ignore_unknown_values = TRUE, uris = ["', p_folder, 'manifest-*.json"])'
  );

  SET p_tables = (SELECT COUNTIF(listed.backup_completed) FROM drilled_manifest AS listed);
  IF p_tables = 0 OR EXISTS (
    SELECT 1
    FROM drilled_manifest AS listed
    WHERE NOT COALESCE(listed.backup_completed AND REGEXP_CONTAINS(listed.table_name, r'^\w+$'), FALSE)
  ) THEN
    RAISE USING MESSAGE = CONCAT('EROS_DRILL|the manifest of ', p_folder, ' is not that of a finished backup');
  END IF;

  FOR v_listed IN (
    SELECT listed.table_name, CAST(listed.row_count AS INT64) AS row_count, listed.checksum, listed.schema AS columns
    FROM drilled_manifest AS listed
    ORDER BY listed.table_name
  ) DO
    IF v_listed.row_count > 0 THEN
      -- The text of a row is the one that export_tables_at took the checksum of.
      SET v_row = (
        SELECT
          IF(
            COUNTIF(JSON_VALUE(field, '$.mode') = 'REPEATED') = 0,
            'source',
            CONCAT(
              'STRUCT(',
              STRING_AGG(
                FORMAT(
                  IF(JSON_VALUE(field, '$.mode') = 'REPEATED', 'IFNULL(source.`%s`, []) AS `%s`', 'source.`%s` AS `%s`'),
                  JSON_VALUE(field, '$.name'),
                  JSON_VALUE(field, '$.name')
                ),
                ', ' ORDER BY place
              ),
              ')'
            )
          )
        FROM UNNEST(JSON_QUERY_ARRAY(v_listed.columns, '$.fields')) AS field WITH OFFSET AS place
      );
      BEGIN
        EXECUTE IMMEDIATE CONCAT(
          'LOAD DATA OVERWRITE TEMP TABLE drilled_rows ',
          'FROM FILES (format = "AVRO", enable_logical_types = TRUE, decimal_target_types = ["NUMERIC", "BIGNUMERIC"], ',
          'uris = ["', p_folder, v_listed.table_name, '/*.avro"])'
        );
        EXECUTE IMMEDIATE CONCAT(
          'SELECT COUNT(*), COALESCE(CAST(SUM(CAST(FARM_FINGERPRINT(TO_JSON_STRING(', v_row, ')) AS BIGNUMERIC)) AS STRING), "0") ',
          'FROM drilled_rows AS source'
        ) INTO v_count, v_checksum;
        SET p_rows = p_rows + v_count;
        IF v_count != v_listed.row_count OR v_checksum != v_listed.checksum THEN
          SET v_problems = ARRAY_CONCAT(
            v_problems,
            [
              FORMAT(
                '%s came back with %d rows, checksum %s; recorded are %d rows, checksum %s',
                v_listed.table_name, v_count, v_checksum, v_listed.row_count, v_listed.checksum
              )
            ]
          );
        END IF;
      EXCEPTION WHEN ERROR THEN
        -- One file that cannot be read hides no other.
        SET v_problems = ARRAY_CONCAT(
          v_problems, [FORMAT('%s cannot be read: %s', v_listed.table_name, @@error.message)]
        );
      END;
    END IF;
  END FOR;

  IF ARRAY_LENGTH(v_problems) > 0 THEN
    RAISE USING MESSAGE = CONCAT('EROS_DRILL|', p_folder, ': ', ARRAY_TO_STRING(v_problems, '; '));
  END IF;
END;
