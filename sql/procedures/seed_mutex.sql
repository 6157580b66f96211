-- Makes sure that the row of a lock is there, in the lock's own table: a transaction that updates no row excludes
-- nobody. Called by each job that locks, in the block of its transaction and before it, so that a try that loses here
-- is one of the tries; this is the only place that adds such rows.
-- Two first callers at once may leave two rows; both are updated from then on, so the exclusion holds.
CREATE OR REPLACE PROCEDURE `eros_scheduling_brain.seed_mutex`(p_lock STRING, p_now TIMESTAMP)
OPTIONS(description="Adds the row of a lock to its mutex table if it is absent.")
BEGIN
  IF p_lock = 'caption_locks' THEN
    INSERT INTO `eros_scheduling_brain.platform_mutex` (name, updated_at)
    SELECT lock.name, p_now
    FROM (SELECT p_lock AS name) AS lock
    WHERE NOT EXISTS (SELECT 1 FROM `eros_scheduling_brain.platform_mutex` AS mutex WHERE mutex.name = p_lock);
  ELSEIF p_lock = 'update_caption_performance' THEN
    INSERT INTO `eros_scheduling_brain.feedback_mutex` (name, updated_at)
    SELECT lock.name, p_now
    FROM (SELECT p_lock AS name) AS lock
    WHERE NOT EXISTS (SELECT 1 FROM `eros_scheduling_brain.feedback_mutex` AS mutex WHERE mutex.name = p_lock);
  ELSEIF p_lock = 'daily_automation' THEN
    INSERT INTO `eros_scheduling_brain.daily_automation_mutex` (name, updated_at)
    SELECT lock.name, p_now
    FROM (SELECT p_lock AS name) AS lock
    WHERE NOT EXISTS (SELECT 1 FROM `eros_scheduling_brain.daily_automation_mutex` AS mutex WHERE mutex.name = p_lock);
  ELSE
    RAISE USING MESSAGE = CONCAT('EROS_INVALID|no such lock|lock=', COALESCE(p_lock, ''));
  END IF;
END;
