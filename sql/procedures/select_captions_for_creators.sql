-- select_captions_for_creators_at as of now, with random draws. The captions are the result of the call.
-- Called by the schedule builder.
CREATE OR REPLACE PROCEDURE `eros_scheduling_brain.select_captions_for_creators`(
  p_requests ARRAY<STRUCT<
    page_name STRING, segment STRING, budget INT64, mid INT64, premium INT64, bump INT64
  >>
)
OPTIONS(description="Selects captions for many pages as of now, by bucket quotas, reading the bank once.")
BEGIN
  CALL `eros_scheduling_brain.select_captions_for_creators_at`(p_requests, CURRENT_TIMESTAMP(), 'RANDOM');
END;
