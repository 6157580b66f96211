-- Which content a page has in its vault. A source: audits of the vault fill it.
-- The selection leaves out captions for content that the page lacks; the latest inventory_date of a page
-- counts.
CREATE TABLE `eros_scheduling_brain.creator_content_inventory`
(
  --@ page, delete
  page_name STRING NOT NULL
    OPTIONS(description="Page, lower case."),
  inventory_date DATE NOT NULL
    OPTIONS(description="Date that the inventory describes."),
  --@ none because they are categories
  available_categories ARRAY<STRING>
    OPTIONS(description="Content categories that the page has; empty means no filter."),
  total_content_pieces INT64 NOT NULL
    OPTIONS(description="Pieces of content in the vault."),
  inventory_quality_score FLOAT64 NOT NULL
    OPTIONS(description="Quality of the inventory as the auditor scored it."),
  vault_audit_date DATE NOT NULL
    OPTIONS(description="Date of the audit."),
  created_at TIMESTAMP
    OPTIONS(description="When the row was created."),
  updated_at TIMESTAMP
    OPTIONS(description="When the row was last changed."),
  --@ words, replace
  notes STRING
    OPTIONS(description="Free text."),
  audited_by STRING
    OPTIONS(description="Who made the audit.")
)
OPTIONS(
  description="Content that each page has to sell, by audit.",
  labels=[("system", "eros"), ("component", "caption_selection"), ("ownership", "source")]
);
