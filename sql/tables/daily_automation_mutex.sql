-- Mutual exclusion between claims of the daily automation.
-- Its one row is updated first in the transaction, so that of two jobs at once the later one is cancelled.
-- A table of its own, because on BigQuery a transaction excludes every other one that changes the same *table*,
-- whatever the row. Seeded by seed_mutex; BigQuery enforces no key, and a second row would do no harm.
CREATE TABLE `eros_scheduling_brain.daily_automation_mutex`
(
  name STRING NOT NULL
    OPTIONS(description="daily_automation."),
  updated_at TIMESTAMP NOT NULL
    OPTIONS(description="When a job last took the lock."),
  --@ none because it is a job run, which has no page in its name
  holder STRING
    OPTIONS(description="Job run that last took it.")
)
OPTIONS(
  description="Mutual exclusion between claims of a date of the daily automation.",
  labels=[("system", "eros"), ("component", "scheduling")]
);
