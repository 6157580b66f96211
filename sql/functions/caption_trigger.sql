-- The psychological trigger of a caption: the first of the rules below that its text matches, without regard to case.
-- Whole words only ("snow" holds no "now"), but "expires" and "expired" count.
-- Urgency needs the word and the bank's has_urgency. A null text meets no rule.
-- Read by: caption_bank_enriched, caption selection.
CREATE OR REPLACE FUNCTION `eros_scheduling_brain.caption_trigger`(p_caption_text STRING, p_has_urgency BOOL)
RETURNS STRING
OPTIONS(description="Psychological trigger of a text: Urgency, Exclusivity, Scarcity, Social Proof, Curiosity or General.")
AS (
  CASE
    WHEN p_has_urgency AND REGEXP_CONTAINS(p_caption_text, r'(?i)\b(now|today|limited|expir\w*)\b') THEN 'Urgency'
    WHEN REGEXP_CONTAINS(p_caption_text, r'(?i)\b(exclusive|vip|special|members only)\b') THEN 'Exclusivity'
    WHEN REGEXP_CONTAINS(p_caption_text, r'(?i)\bonly \d+ left\b|\blast chance\b') THEN 'Scarcity'
    WHEN REGEXP_CONTAINS(p_caption_text, r'(?i)\b(everyone|fans love|popular)\b') THEN 'Social Proof'
    WHEN STRPOS(p_caption_text, '?') > 0 THEN 'Curiosity'
    ELSE 'General'
  END
);
