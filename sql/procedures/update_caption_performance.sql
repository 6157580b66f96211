-- The scheduled form of update_caption_performance_at: the feedback as of now, every six hours.
CREATE OR REPLACE PROCEDURE `eros_scheduling_brain.update_caption_performance`()
OPTIONS(description="Recomputes caption_bandit_stats as of now; runs every six hours.")
BEGIN
  CALL `eros_scheduling_brain.update_caption_performance_at`(CURRENT_TIMESTAMP());
END;
