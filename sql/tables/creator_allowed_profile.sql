-- Which categories and price tiers a page may send; an empty list allows all.
-- Written by admins; read through creator_allowed_profile_v, which takes the newest row and then looks
-- whether it is active.
CREATE TABLE `eros_scheduling_brain.creator_allowed_profile`
(
  --@ page, delete
  page_name STRING NOT NULL
    OPTIONS(description="Page, lower case."),
  --@ none because they are categories
  ppv_allowed_categories ARRAY<STRING>
    OPTIONS(description="Content categories allowed in paid messages; empty allows all."),
  --@ none because they are price tiers
  ppv_allowed_price_tiers ARRAY<STRING>
    OPTIONS(description="Price tiers allowed in paid messages; empty allows all."),
  --@ none because they are categories
  bump_allowed_categories ARRAY<STRING>
    OPTIONS(description="Content categories allowed in bumps; empty allows all."),
  --@ none because they are price tiers
  bump_allowed_price_tiers ARRAY<STRING>
    OPTIONS(description="Price tiers allowed in bumps; empty allows all."),
  is_active BOOL NOT NULL
    OPTIONS(description="FALSE switches the profile off, provided that this is the newest row."),
  feature_enabled BOOL NOT NULL
    OPTIONS(description="FALSE switches the filter off for the page without touching the lists."),
  created_at TIMESTAMP NOT NULL
    OPTIONS(description="When the row was created."),
  updated_at TIMESTAMP NOT NULL
    OPTIONS(description="When the row was last changed; the newest row counts."),
  updated_by STRING
    OPTIONS(description="Who changed it."),
  --@ words, replace
  notes STRING
    OPTIONS(description="Free text.")
)
CLUSTER BY page_name, is_active
OPTIONS(
  description="Allowed categories and price tiers of a page, compared without regard to case.",
  labels=[
    ("system", "eros"),
    ("component", "caption_selection"),
    ("purpose", "allowed_filters"),
    ("scope", "per_creator")
  ]
);
