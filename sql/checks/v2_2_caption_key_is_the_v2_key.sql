-- caption_key, the older name, gives the same key as caption_key_v2, also for emoji and for no text at all.
-- When it fails: eros refresh -s STACK, then eros up -s STACK; callers of the older name have looked for captions
-- under other keys since.
WITH
  examples AS (
    SELECT e AS message
    FROM UNNEST(['Hey babe, are you up?', '🔥 new tape 🔥', '💦', '']) AS e
  ),
  keyed AS (
    SELECT
      examples.message AS message,
      COALESCE(`eros_scheduling_brain.caption_key`(examples.message), 'NULL') AS older_key,
      COALESCE(`eros_scheduling_brain.caption_key_v2`(examples.message), 'NULL') AS caption_key
    FROM examples
  )
SELECT
  CONCAT("'", keyed.message, "' has the key ", keyed.older_key, ', by caption_key_v2 ', keyed.caption_key) AS detail
FROM keyed
WHERE keyed.older_key != keyed.caption_key
