"""What interrupted builders left is ended: no lock without a schedule, no claim without a builder.

A claim whose lease has ended, and `GRACE` with it, has nobody who could act for it any more: its holder renews the
lease before every effect and activates only while it lasts. Whatever a sweep leaves undone the next one does.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from operations.display import BUSINESS_ZONE
from operations.weeks.queue import GRACE, KEPT_DAYS, MOST_ATTEMPTS, Claim, Queue, la_date
from operations.weeks.storing import PageSchedule, Store
from operations.weeks.week_statements import Statements

DEAD = """
SELECT
  q.page_name, q.schedule_id, MAX(COALESCE(q.attempts, 0)) AS attempts,
  LOGICAL_OR(r.schedule_id IS NOT NULL) AS is_active
FROM {schedule_generation_queue} AS q
LEFT JOIN (
  SELECT DISTINCT s.schedule_id, s.page_name
  FROM {schedule_recommendations} AS s
  WHERE s.is_active AND s.scheduled_send_date >= @since
) AS r ON r.schedule_id = q.schedule_id AND r.page_name = q.page_name
WHERE q.execution_date >= @since AND q.status = 'PROCESSING' AND q.lease_expires_at < @ended
GROUP BY q.page_name, q.schedule_id
ORDER BY q.page_name
"""
# Schedules of ours that were withdrawn, by somebody who stopped before their locks were free.
ORPHANS = """
SELECT stored.schedule_id, stored.page_name
FROM (
  SELECT r.schedule_id, r.page_name
  FROM {schedule_recommendations} AS r
  WHERE r.scheduled_send_date >= @since
  GROUP BY r.schedule_id, r.page_name
  HAVING NOT LOGICAL_OR(r.is_active) AND LOGICAL_AND(r.status = 'archived')
) AS stored
INNER JOIN (
  SELECT DISTINCT held.schedule_id, held.page_name
  FROM {active_caption_assignments} AS held
  WHERE held.is_active
    AND held.scheduled_send_date >= @today
    AND (held.scheduled_send_date > @today OR held.scheduled_send_hour > @hour)
) AS lock ON lock.schedule_id = stored.schedule_id AND lock.page_name = stored.page_name
ORDER BY stored.page_name, stored.schedule_id
"""


@dataclass(frozen=True, slots=True)
class Swept:
    """What a sweep ended: claims that had succeeded, claims that had not, and withdrawn schedules with locks."""

    completed: int
    given_up: int
    freed: int


class Sweep:
    """Ends what interruptions left."""

    def __init__(self, warehouse: Statements) -> None:
        self._warehouse, self._queue, self._store = warehouse, Queue(warehouse), Store(warehouse)

    def run(self, now: datetime) -> Swept:
        """Once over everything. Errors: CloudError."""
        since = la_date(now) - timedelta(days=KEPT_DAYS)
        dead = self._warehouse.rows(DEAD, since=since, ended=now - GRACE)
        for row in dead:
            self._end(row, now)
        there = {"since": since, "today": la_date(now), "hour": now.astimezone(BUSINESS_ZONE).hour}
        orphans = self._warehouse.rows(ORPHANS, **there)
        for row in orphans:
            schedule = PageSchedule(row.schedule_id, row.page_name)
            self._store.withdraw(schedule, "sweep", "withdrawn, and its locks were still there", now)
        completed = sum(row.is_active for row in dead)
        return Swept(completed, len(dead) - completed, len(orphans))

    def _end(self, row: Any, now: datetime) -> None:
        """The locks first: once the rows of the queue are open again nobody knows the schedule's id."""
        claim = Claim(row.page_name, row.schedule_id, row.attempts)
        if row.is_active:
            self._queue.end(claim, "COMPLETED", now, schedule=claim.schedule_id)
            return
        reason = "its builder was interrupted"
        self._store.withdraw(PageSchedule(claim.schedule_id, claim.page), "sweep", reason, now)
        status = "PENDING" if claim.attempts < MOST_ATTEMPTS else "FAILED"
        self._queue.end(claim, status, now, reason=reason)
