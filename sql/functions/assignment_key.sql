-- What makes an assignment the same assignment: page, caption, day and hour. Retries find their own row by it.
-- The hour is written without a leading zero.
CREATE OR REPLACE FUNCTION `eros_scheduling_brain.assignment_key`(
  p_page_name STRING,
  p_caption_id INT64,
  p_send_date DATE,
  p_send_hour INT64
)
RETURNS STRING
OPTIONS(description="Lower-case hex SHA-256 of page|caption|date|hour; null when one of them is null.")
AS (
  TO_HEX(
    SHA256(
      CONCAT(
        LOWER(TRIM(p_page_name)), '|', CAST(p_caption_id AS STRING), '|', FORMAT_DATE('%F', p_send_date), '|',
        CAST(p_send_hour AS STRING)
      )
    )
  )
);
