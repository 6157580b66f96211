-- The scheduled form of sweep_expired_caption_locks_at: the sweep as of now, every hour.
CREATE OR REPLACE PROCEDURE `eros_scheduling_brain.sweep_expired_caption_locks`()
OPTIONS(description="Closes expired caption locks as of now; runs every hour.")
BEGIN
  CALL `eros_scheduling_brain.sweep_expired_caption_locks_at`(CURRENT_TIMESTAMP());
END;
