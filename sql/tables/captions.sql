-- Captions of the older editor, for schedules that refer to one that the bank does not hold. A source that
-- may be empty.
-- Read by schedule_recommendations_messages as fallback of caption_bank.
CREATE TABLE `eros_scheduling_brain.captions`
(
  --@ caption, delete
  caption_id INT64
    OPTIONS(description="Caption; a 64-bit fingerprint."),
  --@ text, clear
  caption_text STRING
    OPTIONS(description="Text."),
  price_tier STRING
    OPTIONS(description="Price tier."),
  content_category STRING
    OPTIONS(description="Content category."),
  has_urgency BOOL
    OPTIONS(description="TRUE when the text urges to act soon."),
  is_active BOOL
    OPTIONS(description="FALSE when it was withdrawn."),
  is_deleted BOOL
    OPTIONS(description="TRUE when it was deleted in the editor.")
)
OPTIONS(
  description="Captions of the older editor; fallback of caption_bank.",
  labels=[
    ("system", "eros"),
    ("component", "caption_selection"),
    ("ownership", "source"),
    ("data_class", "restricted")
  ]
);
