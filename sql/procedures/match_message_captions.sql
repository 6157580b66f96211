-- Finds the caption of messages by their text: most rows of the source carry none, and the feedback would
-- learn from a tenth of the messages only.
-- Called first by update_caption_performance_at; writes message_caption_matches, read through message_facts.
-- This is the one place besides message_facts that reads mass_messages: only here the text is needed.
CREATE OR REPLACE PROCEDURE `eros_scheduling_brain.match_message_captions`(p_holder STRING, p_now TIMESTAMP)
OPTIONS(description="Matches messages of the 90 days before p_now that lack a caption to captions by text.")
BEGIN
  DECLARE v_is_written BOOL DEFAULT FALSE;
  DECLARE v_tries INT64 DEFAULT 0;
  DECLARE v_is_at_work BOOL DEFAULT FALSE;
  DECLARE v_error STRING;

  -- Only what is new or has changed, so that a run without news writes nothing.
  CREATE OR REPLACE TEMP TABLE found_matches AS
  WITH
    uncaptioned_messages AS (
      SELECT
        m.row_id AS row_id,
        LOWER(TRIM(m.page_name)) AS page_name,
        m.sending_time AS sending_time,
        m.message AS message
      FROM `eros_scheduling_brain.mass_messages` AS m
      WHERE
        m.sending_time > TIMESTAMP_SUB(p_now, INTERVAL 90 DAY)
        AND m.sending_time <= p_now
        AND m.caption_id IS NULL
        AND m.row_id IS NOT NULL
        AND TRIM(m.page_name) != ''
      -- A row that the source delivered twice is one message.
      QUALIFY ROW_NUMBER() OVER (PARTITION BY m.row_id ORDER BY m.sending_time DESC) = 1
    ),
    -- The same text goes out many times; its key is computed once.
    keyed_texts AS (
      SELECT
        text.message AS message,
        `eros_scheduling_brain.caption_key_v2`(text.message) AS caption_key_norm
      FROM (SELECT DISTINCT messages.message FROM uncaptioned_messages AS messages) AS text
    )
  SELECT
    messages.row_id AS row_id,
    messages.page_name AS page_name,
    messages.sending_time AS sending_time,
    canonical.caption_id AS caption_id
  FROM uncaptioned_messages AS messages
  JOIN keyed_texts AS keyed
    ON keyed.message = messages.message
  JOIN `eros_scheduling_brain.canonical_captions` AS canonical
    ON canonical.caption_key_norm = keyed.caption_key_norm
  LEFT JOIN `eros_scheduling_brain.message_caption_matches` AS known
    ON known.row_id = messages.row_id
    AND known.caption_id = canonical.caption_id
    -- Of the same days, so that the other partitions are not read. A message that has moved here from older days is
    -- found again, and its row follows it.
    AND known.sending_time > TIMESTAMP_SUB(p_now, INTERVAL 91 DAY)
  WHERE known.row_id IS NULL;

  -- Without news nothing is to be written.
  SET v_is_written = NOT EXISTS (SELECT 1 FROM found_matches);
  WHILE NOT v_is_written DO
    IF v_tries = 5 THEN
      RAISE USING MESSAGE = `eros_scheduling_brain.transaction_failure`(
        'update_caption_performance', v_tries, v_is_at_work, v_error
      );
    END IF;
    SET v_tries = v_tries + 1;
    SET v_is_at_work = FALSE;
    BEGIN
      CALL `eros_scheduling_brain.seed_mutex`('update_caption_performance', p_now);
      BEGIN TRANSACTION;
      -- Two runs at once would otherwise insert the same message twice, and it would count twice.
      UPDATE `eros_scheduling_brain.feedback_mutex` AS mutex
      SET updated_at = p_now, holder = p_holder
      WHERE mutex.name = 'update_caption_performance';
      SET v_is_at_work = TRUE;

      MERGE `eros_scheduling_brain.message_caption_matches` AS matches
      USING found_matches AS found
      ON matches.row_id = found.row_id
      WHEN MATCHED THEN
        UPDATE SET
          page_name = found.page_name,
          sending_time = found.sending_time,
          caption_id = found.caption_id,
          matched_at = p_now
      WHEN NOT MATCHED THEN
        INSERT (row_id, page_name, sending_time, caption_id, matched_at)
        VALUES (found.row_id, found.page_name, found.sending_time, found.caption_id, p_now);
      SET v_is_at_work = FALSE;
      COMMIT TRANSACTION;
      SET v_is_written = TRUE;
    EXCEPTION WHEN ERROR THEN
      SET v_error = @@error.message;
      BEGIN
        ROLLBACK TRANSACTION;
      EXCEPTION WHEN ERROR THEN
        -- A transaction that lost may be gone already.
      END;
    END;
  END WHILE;
END;
