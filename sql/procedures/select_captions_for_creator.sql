-- select_captions_for_creator_at as of now. The captions are the result of the call.
CREATE OR REPLACE PROCEDURE `eros_scheduling_brain.select_captions_for_creator`(
  p_normalized_page_name STRING,
  p_behavioral_segment STRING,
  p_num_budget_needed INT64,
  p_num_mid_needed INT64,
  p_num_premium_needed INT64,
  p_num_bump_needed INT64
)
OPTIONS(description="Selects captions for a page as of now, by bucket quotas.")
BEGIN
  CALL `eros_scheduling_brain.select_captions_for_creator_at`(
    p_normalized_page_name, p_behavioral_segment, p_num_budget_needed, p_num_mid_needed, p_num_premium_needed,
    p_num_bump_needed, CURRENT_TIMESTAMP()
  );
END;
