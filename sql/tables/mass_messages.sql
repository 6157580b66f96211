-- Every mass message that a page has sent, with its results. A source: the mail ETL fills it and nothing
-- here writes it.
-- Read only through message_facts.
CREATE TABLE `eros_scheduling_brain.mass_messages`
(
  row_id INT64
    OPTIONS(description="Message."),
  --@ page, delete
  page_name STRING
    OPTIONS(description="Page that sent it; case and blanks vary."),
  --@ text, clear
  message STRING
    OPTIONS(description="Text of the message."),
  sending_time TIMESTAMP
    OPTIONS(description="When it was sent."),
  price FLOAT64
    OPTIONS(description="Price in US dollars; null when free."),
  sent_count INT64
    OPTIONS(description="Recipients."),
  viewed_count INT64
    OPTIONS(description="Recipients who opened it."),
  purchased_count FLOAT64
    OPTIONS(description="Recipients who bought it, a whole number; null on free messages."),
  --@ revenue
  earnings FLOAT64
    OPTIONS(description="Revenue in US dollars."),
  message_type STRING
    OPTIONS(description="Kind as the mail gives it: PPV, Unlock, Bump and others in any case."),
  --@ caption, clear
  caption_id INT64
    OPTIONS(description="Caption where the ETL knows it; null on most rows.")
)
PARTITION BY DATE(sending_time)
CLUSTER BY page_name
OPTIONS(
  description="Sent mass messages with audience, views, purchases and earnings.",
  labels=[
    ("system", "eros"),
    ("component", "caption_selection"),
    ("ownership", "source"),
    ("data_class", "restricted")
  ]
);
