-- One row for each lock name; a job that must run alone updates its row first in its transaction, so that
-- of two the later one aborts.
-- Seeded where absent; written by feedback, caption locking and the daily automation. Transactions stay
-- short because BigQuery excludes other writers of the whole table, whatever the row.
CREATE TABLE `eros_scheduling_brain.platform_mutex`
(
  name STRING NOT NULL
    OPTIONS(description="caption_locks, update_caption_performance or daily_automation."),
  updated_at TIMESTAMP NOT NULL
    OPTIONS(description="When a job last took the lock."),
  holder STRING
    OPTIONS(description="Job run or schedule that last took it."),
  PRIMARY KEY (name) NOT ENFORCED
)
OPTIONS(
  description="Mutual exclusion between jobs, one row a lock name.",
  labels=[("system", "eros"), ("component", "scheduling")]
);
