-- What a job says when all tries of its transaction have failed. p_is_at_work: whether the last one failed between
-- taking the mutex and COMMIT, where an error is one of the work itself. Taking the mutex and COMMIT fail when another
-- transaction came first, so that trying again helps: EROS_BUSY|lock=..|tries=..|try again|error=..
-- Where it failed decides, never the words of the error: those are no interface.
-- Used by every procedure with a transaction.
CREATE OR REPLACE FUNCTION `eros_scheduling_brain.transaction_failure`(
  p_lock STRING, p_tries INT64, p_is_at_work BOOL, p_error STRING
)
RETURNS STRING
OPTIONS(description="Error text of a transaction that failed for good: EROS_BUSY if it only lost to others, else the error.")
AS (
  IF(
    p_is_at_work,
    CONCAT(COALESCE(p_error, ''), '|ATOMIC ROLLBACK'),
    CONCAT(
      'EROS_BUSY|lock=', p_lock, '|tries=', CAST(p_tries AS STRING), '|try again|error=', COALESCE(p_error, '')
    )
  )
);
