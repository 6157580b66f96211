-- Short leases on captions that end by themselves at expires_at.
-- Written by callers that reserve a caption for some minutes; the sweep leaves them alone and the monthly
-- maintenance archives and deletes those 90 days past their end. Read by the health check.
CREATE TABLE `eros_scheduling_brain.caption_locks`
(
  --@ caption, delete
  caption_id INT64 NOT NULL
    OPTIONS(description="Reserved caption."),
  --@ page, delete
  account_id STRING NOT NULL
    OPTIONS(description="Page that holds the lease, lower case (same values as page_name elsewhere)."),
  locked_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP() NOT NULL
    OPTIONS(description="When the lease began."),
  expires_at TIMESTAMP NOT NULL
    OPTIONS(description="When the lease ends."),
  lock_id STRING NOT NULL
    OPTIONS(description="Identifies the lease.")
)
PARTITION BY DATE(locked_at)
CLUSTER BY caption_id, account_id
OPTIONS(
  description="Short leases on captions; a lease is over once expires_at has passed.",
  labels=[("system", "eros"), ("component", "caption_selection"), ("retention", "until_archived")]
);
