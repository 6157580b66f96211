-- How each caption has done on each page: the prior of the caption selector.
-- Written by update_caption_performance, which recomputes every row from the last 90 days of messages; read
-- by caption selection and by schedule_recommendations_messages.
-- A row that ages out equals the prior of one success and one failure, so the 90-day expiry loses nothing
-- that a recomputation would keep.
CREATE TABLE `eros_scheduling_brain.caption_bandit_stats`
(
  --@ caption, delete
  caption_id INT64 NOT NULL
    OPTIONS(description="Caption as in caption_bank; a 64-bit fingerprint, often negative."),
  --@ page, delete
  page_name STRING NOT NULL
    OPTIONS(description="Page (creator) that sent the caption, lower case."),
  successes INT64 DEFAULT 1
    OPTIONS(description="1 plus the messages whose revenue per recipient is above the page median."),
  failures INT64 DEFAULT 1
    OPTIONS(description="1 plus the messages whose revenue per recipient is not above the page median."),
  total_observations INT64 DEFAULT 0
    OPTIONS(description="Messages in the window that carry this caption."),
  --@ revenue
  total_revenue FLOAT64 DEFAULT 0
    OPTIONS(description="Earnings of those messages in US dollars."),
  avg_conversion_rate FLOAT64 DEFAULT 0
    OPTIONS(description="Purchases divided by views over those messages, 0 when nobody viewed one."),
  --@ revenue
  avg_emv FLOAT64 DEFAULT 0
    OPTIONS(description="Mean expected monetary value of those messages in US dollars, by emv()."),
  --@ revenue
  last_emv_observed FLOAT64
    OPTIONS(description="Expected monetary value of the latest of those messages, US dollars."),
  confidence_lower_bound FLOAT64
    OPTIONS(description="Lower end of the 95 % Wilson interval of successes against failures, 0 to 1."),
  confidence_upper_bound FLOAT64
    OPTIONS(description="Upper end of the 95 % Wilson interval of successes against failures, 0 to 1."),
  exploration_score FLOAT64
    OPTIONS(description="1 / sqrt(successes + failures + 1): large while little is known."),
  last_used TIMESTAMP
    OPTIONS(description="Sending time of the latest of those messages."),
  last_updated TIMESTAMP DEFAULT CURRENT_TIMESTAMP()
    OPTIONS(description="Instant of the feedback run that wrote the row."),
  performance_percentile INT64
    OPTIONS(description="Rank of avg_emv within the page, 0 (lowest) to 100; 50 when alone."),
  PRIMARY KEY (caption_id, page_name) NOT ENFORCED
)
PARTITION BY DATE(last_updated)
CLUSTER BY page_name, caption_id, last_used
OPTIONS(
  description="Bandit statistics of each caption on each page over the last 90 days of paid messages.",
  partition_expiration_days=90,
  labels=[("system", "eros"), ("component", "caption_selection"), ("update_freq", "6h")]
);
