-- The older name of caption_key_v2, kept for the callers that still use it.
CREATE OR REPLACE FUNCTION `eros_scheduling_brain.caption_key`(p_message STRING)
RETURNS STRING
OPTIONS(description="Same as caption_key_v2.")
AS (`eros_scheduling_brain.caption_key_v2`(p_message));
