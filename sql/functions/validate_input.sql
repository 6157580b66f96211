-- Whether a text argument may be a name (page, schedule): letters, digits, _ and - only.
-- Three hyphens in a row are refused, and so are null and the empty text.
CREATE OR REPLACE FUNCTION `eros_scheduling_brain.validate_input`(p_input STRING, p_max_length INT64)
RETURNS BOOL
OPTIONS(description="TRUE for a plain name of letters, digits, _ and - of at most p_max_length characters.")
AS (
  COALESCE(
    LENGTH(p_input) <= p_max_length
      AND REGEXP_CONTAINS(p_input, r'^[A-Za-z0-9_-]+$')
      AND NOT REGEXP_CONTAINS(p_input, r'---'),
    FALSE
  )
);
