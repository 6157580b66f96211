-- Why a caption was left out of, or lowered in, a selection.
-- Written by select_captions_for_creator; read by the reports on filter rates and top rules.
CREATE TABLE `eros_scheduling_brain.caption_filter_audit_log`
(
  workflow_id STRING
    OPTIONS(description="One value for each call of the selection."),
  --@ words, replace
  schedule_id STRING
    OPTIONS(description="Schedule being built; null while selecting."),
  --@ page, delete
  page_name STRING
    OPTIONS(description="Page for which captions were selected, lower case."),
  --@ caption, delete
  caption_id INT64
    OPTIONS(description="Caption that a rule hit; null in summary rows, whose rule_value is a count."),
  --@ text, clear
  caption_text STRING
    OPTIONS(description="Text of the caption, cut at 5,000 characters."),
  content_category STRING
    OPTIONS(description="Category of the caption."),
  price_tier STRING
    OPTIONS(description="Price tier of the caption as in caption_bank."),
  --@ none because it is one of a few words
  rule_type STRING
    OPTIONS(description="Rule that hit, such as ALLOWED_PROFILE, PATTERN_HARD, INVENTORY or COOLDOWN."),
  --@ words, replace
  rule_value STRING
    OPTIONS(description="Pattern, category or tier that matched; in summary rows the number of captions."),
  --@ none because it is one of two words
  enforcement STRING
    OPTIONS(description="HARD (left out) or SOFT (score lowered)."),
  stage STRING
    OPTIONS(description="Step of the selection, candidate_pool."),
  filtered_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP() NOT NULL
    OPTIONS(description="Instant of the selection."),
  total_pool_before_filter INT64
    OPTIONS(description="Captions in the pool before this rule."),
  total_pool_after_filter INT64
    OPTIONS(description="Captions in the pool after this rule.")
)
PARTITION BY DATE(filtered_at)
CLUSTER BY page_name, workflow_id
OPTIONS(
  description="Captions excluded or lowered by a rule, kept for 90 days.",
  partition_expiration_days=90,
  labels=[
    ("system", "eros"),
    ("component", "caption_selection"),
    ("retention", "90d"),
    ("data_class", "restricted")
  ]
);
