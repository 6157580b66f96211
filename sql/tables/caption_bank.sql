-- All captions of the agency, with texts that repeat. A source: the caption ETL fills it and nothing here
-- writes it.
-- It knows no pages: which page may send a caption follows from profile, restrictions and inventory.
CREATE TABLE `eros_scheduling_brain.caption_bank`
(
  --@ caption, delete
  caption_id INT64 NOT NULL
    OPTIONS(description="Caption; a 64-bit fingerprint, often negative and above 2^53."),
  --@ text, clear
  caption_text STRING NOT NULL
    OPTIONS(description="Text; several rows may hold the same."),
  content_category STRING
    OPTIONS(description="One of about 15 content categories."),
  price_tier STRING
    OPTIONS(description="bump, low, budget, mid, high, premium or luxury."),
  has_urgency BOOL
    OPTIONS(description="TRUE when the text urges to act soon."),
  conversion_score FLOAT64
    OPTIONS(description="Score of the ETL, meant to be 0 to 1 but often null and sometimes outside."),
  revenue_score FLOAT64
    OPTIONS(description="Score of the ETL for revenue."),
  efficiency_score FLOAT64
    OPTIONS(description="Score of the ETL for revenue per recipient."),
  overall_performance_score FLOAT64
    OPTIONS(description="Score of the ETL overall; 0 or null for captions never sold."),
  avg_revenue FLOAT64
    OPTIONS(description="Mean revenue of a send in US dollars."),
  max_revenue FLOAT64
    OPTIONS(description="Highest revenue of a send in US dollars."),
  min_revenue FLOAT64
    OPTIONS(description="Lowest revenue of a send in US dollars."),
  avg_conversion_rate FLOAT64
    OPTIONS(description="Mean conversion rate of the sends."),
  best_conversion_rate FLOAT64
    OPTIONS(description="Best conversion rate of a send."),
  avg_revenue_per_recipient FLOAT64
    OPTIONS(description="Mean revenue per recipient in US dollars."),
  avg_purchase_rate FLOAT64
    OPTIONS(description="Mean purchases per recipient."),
  total_sends INT64
    OPTIONS(description="Times it was sent; null or 0 when never."),
  pages_used_count INT64
    OPTIONS(description="Pages that sent it."),
  --@ page, replace
  sample_pages_used ARRAY<STRING>
    OPTIONS(description="Some of those pages."),
  total_reach INT64
    OPTIONS(description="Recipients over all sends."),
  total_conversions INT64
    OPTIONS(description="Purchases over all sends."),
  lifetime_revenue FLOAT64
    OPTIONS(description="Revenue over all sends in US dollars."),
  caption_length INT64
    OPTIONS(description="Length of the text in characters."),
  question_count FLOAT64
    OPTIONS(description="Question marks in the text."),
  exclamation_count FLOAT64
    OPTIONS(description="Exclamation marks in the text."),
  emoji_count FLOAT64
    OPTIONS(description="Emoji in the text."),
  --@ none because they are names of weekdays
  successful_days ARRAY<STRING>
    OPTIONS(description="Weekdays on which it did well."),
  successful_hours ARRAY<INT64>
    OPTIONS(description="Hours at which it did well, 0 to 23."),
  min_price FLOAT64
    OPTIONS(description="Lowest price in US dollars."),
  max_price FLOAT64
    OPTIONS(description="Highest price in US dollars."),
  avg_price FLOAT64
    OPTIONS(description="Mean price in US dollars."),
  first_used TIMESTAMP
    OPTIONS(description="First send."),
  last_used TIMESTAMP
    OPTIONS(description="Latest send."),
  days_since_last_use INT64
    OPTIONS(description="Days since the latest send when the ETL ran."),
  usage_status STRING
    OPTIONS(description="available, moderate_recency and others; only these two are selected."),
  validation_level STRING
    OPTIONS(description="single_page_tested, low, medium, high, multi_page_success or bump_caption."),
  created_at TIMESTAMP
    OPTIONS(description="When the row was created."),
  updated_at TIMESTAMP
    OPTIONS(description="When the row was last changed."),
  is_long_form BOOL
    OPTIONS(description="TRUE for long texts."),
  --@ none because it goes with its row
  caption_key STRING
    OPTIONS(description="Key of an older rule (MD5); caption_key_v2 replaces it.")
)
OPTIONS(
  description="Captions of the whole agency with their past results.",
  labels=[
    ("system", "eros"),
    ("component", "caption_selection"),
    ("ownership", "source"),
    ("data_class", "restricted")
  ]
);
