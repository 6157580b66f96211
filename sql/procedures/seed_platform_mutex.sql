-- Makes sure that the row of a lock name is there: a transaction that updates no row excludes nobody.
-- Called by each job that locks, before its transaction. Two first callers at once may leave two rows;
-- both are updated from then on, so the exclusion holds.
CREATE OR REPLACE PROCEDURE `eros_scheduling_brain.seed_platform_mutex`(p_name STRING, p_now TIMESTAMP)
OPTIONS(description="Adds the row of a lock name to platform_mutex if it is absent.")
BEGIN
  IF NOT EXISTS (
    SELECT 1 FROM `eros_scheduling_brain.platform_mutex` AS mutex WHERE mutex.name = p_name
  ) THEN
    INSERT INTO `eros_scheduling_brain.platform_mutex` (name, updated_at, holder)
    VALUES (p_name, p_now, NULL);
  END IF;
END;
