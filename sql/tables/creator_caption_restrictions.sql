-- Which captions a page must not or should rather not send; every version is kept.
-- Written by admins and the sheet synchronisation; read through active_creator_caption_restrictions_v,
-- which takes the newest version and then looks whether it is active.
CREATE TABLE `eros_scheduling_brain.creator_caption_restrictions`
(
  --@ page, delete
  page_name STRING NOT NULL
    OPTIONS(description="Restricted page, lower case."),
  --@ words, replace
  restriction_text STRING
    OPTIONS(description="The restriction in the words of the creator."),
  --@ words, replace
  hard_patterns ARRAY<STRING>
    OPTIONS(description="RE2 patterns; a caption that matches one is never selected."),
  --@ words, replace
  soft_patterns ARRAY<STRING>
    OPTIONS(description="RE2 patterns; each match lowers the score of a caption."),
  --@ none because they are categories
  restricted_categories ARRAY<STRING>
    OPTIONS(description="Content categories that are never selected."),
  --@ none because they are price tiers
  restricted_price_tiers ARRAY<STRING>
    OPTIONS(description="Price tiers that are never selected."),
  applies_to_scope STRING
    OPTIONS(description="PPV_ONLY, BUMP_ONLY or ALL; null means ALL."),
  min_ppv_pool INT64
    OPTIONS(description="Fewest paid captions that must be left; null means 200."),
  min_bump_pool INT64
    OPTIONS(description="Fewest bump captions that must be left; null means 50."),
  is_active BOOL NOT NULL
    OPTIONS(description="FALSE lifts the restriction, provided that this is the newest version."),
  updated_at TIMESTAMP NOT NULL
    OPTIONS(description="When this version was written."),
  updated_by STRING
    OPTIONS(description="Who wrote it."),
  version INT64 NOT NULL
    OPTIONS(description="Counts up for each change of the page's restriction.")
)
CLUSTER BY page_name, is_active
OPTIONS(
  description="Restrictions on the captions of a page, one row a version.",
  labels=[("system", "eros"), ("component", "caption_selection")]
);
