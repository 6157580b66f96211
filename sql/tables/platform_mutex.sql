-- Mutual exclusion between callers that lock captions.
-- Its one row is updated first in the transaction, so that of two jobs at once the later one is cancelled.
-- A table of its own, because on BigQuery a transaction excludes every other one that changes the same *table*,
-- whatever the row. Seeded by seed_mutex; BigQuery enforces no key, and a second row would do no harm.
CREATE TABLE `eros_scheduling_brain.platform_mutex`
(
  name STRING NOT NULL
    OPTIONS(description="caption_locks; rows of other names are left from an earlier release."),
  updated_at TIMESTAMP NOT NULL
    OPTIONS(description="When a job last took the lock."),
  --@ words, replace
  holder STRING
    OPTIONS(description="Schedule that last took it.")
)
OPTIONS(
  description="Mutual exclusion between callers that lock captions.",
  labels=[("system", "eros"), ("component", "scheduling")]
);
