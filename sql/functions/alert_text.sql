-- The text of a rule with its placeholders filled in: '{name}' becomes the value of name in p_values, which is
-- 'key=value|key=value'; of two values of one key the first. What has no value is unknown. The result holds no bar and
-- no line break, because bars separate the texts of a message.
-- Read by: alert_decisions_at.
CREATE OR REPLACE FUNCTION `eros_scheduling_brain.alert_text`(p_template STRING, p_values STRING)
RETURNS STRING
OPTIONS(description="A template with each {name} replaced by its value in 'key=value|key=value', on one line.")
AS (
  (
    SELECT
      REGEXP_REPLACE(
        STRING_AGG(
          IF(
            STARTS_WITH(part, '{'),
            COALESCE(
              (
                SELECT SUBSTR(pair, STRPOS(pair, '=') + 1)
                FROM UNNEST(SPLIT(p_values, '|')) AS pair WITH OFFSET AS number
                WHERE STARTS_WITH(pair, CONCAT(TRIM(part, '{}'), '='))
                ORDER BY number
                LIMIT 1
              ),
              'unknown'
            ),
            part
          ),
          '' ORDER BY place
        ),
        r'[|\r\n]+', ' '
      )
    FROM UNNEST(REGEXP_EXTRACT_ALL(p_template, r'\{\w+\}|[^{]+')) AS part WITH OFFSET AS place
  )
);
