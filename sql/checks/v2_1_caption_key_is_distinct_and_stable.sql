-- caption_key_v2 gives different texts different keys, one text always the same, whatever its case, punctuation and
-- blanks, and exactly the keys that are stored already (expected ones computed outside BigQuery).
-- When it fails: do not run update_caption_performance, which would match messages to the wrong captions; compare
-- sql/functions/caption_key_v2.sql with what is deployed, then eros refresh -s STACK, then eros up -s STACK.
WITH
  examples AS (
    SELECT e.message AS message, e.expected AS expected
    FROM
      UNNEST([
        STRUCT(
          'test message' AS message,
          '3f0a377ba0a4a460ecb616f6507ce0d8cfa3e704025d4fda3ed0c5ca05468728' AS expected
        ),
        STRUCT('Test,  MESSAGE!', '3f0a377ba0a4a460ecb616f6507ce0d8cfa3e704025d4fda3ed0c5ca05468728'),
        STRUCT('test MESSAGE 123!', '14277a56629a382a'),
        STRUCT('🔥 Hot content here 🔥', 'b238bd72466413b3'),
        STRUCT('Café time', '5ca1d463a2a0e315'),
        STRUCT('日本語', '77710aedc74ecfa3'),
        STRUCT('🔥', '48751a7efe3422ba')
      ]) AS e
  ),
  keyed AS (
    SELECT
      examples.message AS message,
      examples.expected AS expected,
      COALESCE(`eros_scheduling_brain.caption_key_v2`(examples.message), 'NULL') AS caption_key
    FROM examples
  )
SELECT CONCAT("'", keyed.message, "' has the key ", keyed.caption_key, ', not ', keyed.expected) AS detail
FROM keyed
WHERE NOT STARTS_WITH(keyed.caption_key, keyed.expected) OR LENGTH(keyed.caption_key) != 64
UNION ALL
SELECT
  CONCAT(
    '6 different texts have ', CAST(COUNT(DISTINCT keyed.caption_key) AS STRING), ' different keys'
  ) AS detail
FROM keyed
HAVING COUNT(DISTINCT keyed.caption_key) != 6
