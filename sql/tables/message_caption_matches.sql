-- Which caption a message used, found by its text: the source leaves the caption out of most messages and
-- is never written.
-- Written by update_caption_performance; read through message_facts.
-- Kept until an archive holds it: the texts that a match was found by may have changed since.
CREATE TABLE `eros_scheduling_brain.message_caption_matches`
(
  row_id INT64 NOT NULL
    OPTIONS(description="Message as in mass_messages."),
  --@ page, delete
  page_name STRING NOT NULL
    OPTIONS(description="Page of the message, lower case."),
  sending_time TIMESTAMP NOT NULL
    OPTIONS(description="When the message was sent."),
  --@ caption, delete
  caption_id INT64 NOT NULL
    OPTIONS(description="Canonical caption (lowest id) with the same caption_key_v2."),
  matched_at TIMESTAMP NOT NULL
    OPTIONS(description="Instant of the run that found the match."),
  PRIMARY KEY (row_id) NOT ENFORCED
)
PARTITION BY DATE(sending_time)
CLUSTER BY page_name, row_id
OPTIONS(
  description="Captions of messages found by text, one row a message; kept until archived.",
  labels=[("system", "eros"), ("component", "caption_selection"), ("retention", "until_archived")]
);
