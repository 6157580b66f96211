-- The key under which two texts are the same caption, whatever their case, punctuation, blanks or emoji.
-- Read by the matching of messages to captions and by every join of texts.
-- A text of nothing but emoji or punctuation keeps an identity of its own: its folded text behind 'raw:'.
CREATE OR REPLACE FUNCTION `eros_scheduling_brain.caption_key_v2`(p_message STRING)
RETURNS STRING
OPTIONS(description="Key of a caption text: lower-case hex SHA-256 of its words; null for blank text.")
AS ((
  WITH
    folded AS (
      -- Normalised before and after case folding: either step can undo the other's work.
      SELECT NORMALIZE_AND_CASEFOLD(NORMALIZE(p_message, NFKC), NFKC) AS text
    ),
    spaced AS (
      -- Any Unicode blank becomes a space; \s of RE2 would know ASCII only.
      SELECT
        REGEXP_REPLACE(folded.text, r'[\x{09}-\x{0D}\x{85}\p{Z}]', ' ') AS text,
        REGEXP_REPLACE(
          folded.text, r'^[\x{09}-\x{0D}\x{85}\p{Z}]+|[\x{09}-\x{0D}\x{85}\p{Z}]+$', ''
        ) AS folded_text
      FROM folded
    ),
    worded AS (
      -- Only letters, numbers, marks and spaces stay. Nothing takes the place of the rest: "don't" = "dont".
      SELECT
        TRIM(
          REGEXP_REPLACE(
            REGEXP_REPLACE(spaced.text, r'[^\p{L}\p{N}\p{Mn}\p{Mc} ]|[\x{FE00}-\x{FE0F}]', ''), r' +', ' '
          ),
          ' '
        ) AS text,
        spaced.folded_text AS folded_text
      FROM spaced
    )
  SELECT
    CASE
      WHEN worded.folded_text = '' THEN NULL
      WHEN worded.text = '' THEN TO_HEX(SHA256(CONCAT('raw:', worded.folded_text)))
      ELSE TO_HEX(SHA256(worded.text))
    END
  FROM worded
));
