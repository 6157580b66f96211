"""Claims of pages: rows of schedule_generation_queue under a lease. At most one builder is at work on a page.

A claim takes every open row of the page, whatever its date: the unit of work is a page and a week. Leases end by the
callers' clocks; a sweep waits for `GRACE` more, so that clocks may differ by that much.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from operations.display import BUSINESS_ZONE
from operations.weeks.errors import LeaseLost
from operations.weeks.week_statements import Statements

# Longer than the longest effect, which is a lock that is tried for five minutes (operations.locks).
LEASE = timedelta(minutes=15)
GRACE = timedelta(minutes=10)
# A lease given within it is as good as a new one: the rest is longer than any effect, and a statement costs a second.
HEARTBEAT = timedelta(minutes=2)
MOST_ATTEMPTS = 3
KEPT_DAYS = 90

ENQUEUE = """
MERGE {schedule_generation_queue} AS q
USING (SELECT asked_page AS page_name FROM UNNEST(@pages) AS asked_page) AS asked
ON q.page_name = asked.page_name AND q.execution_date = @today
WHEN MATCHED AND q.status IN ('COMPLETED', 'FAILED') THEN
  UPDATE SET status = 'PENDING', attempts = 0, queued_at = @now
WHEN NOT MATCHED THEN
  INSERT (page_name, execution_date, queued_at, status, attempts)
  VALUES (asked.page_name, @today, @now, 'PENDING', 0)
"""
# Two claimers of one page change the same partitions: BigQuery lets one wait and look again
# (https://cloud.google.com/bigquery/docs/data-manipulation-language#dml-statement-conflicts).
CLAIM = """
UPDATE {schedule_generation_queue} AS q
SET
  status = 'PROCESSING',
  schedule_id = CONCAT('sched_', @stamp, '_', q.page_name),
  attempts = COALESCE(q.attempts, 0) + 1,
  lease_expires_at = @lease,
  error_message = CAST(NULL AS STRING)
WHERE q.execution_date >= @since
  AND q.status = 'PENDING'
  AND q.page_name IN UNNEST(@pages)
  AND q.page_name NOT IN (
    SELECT other.page_name
    FROM {schedule_generation_queue} AS other
    WHERE other.execution_date >= @since AND other.status = 'PROCESSING'
  )
"""
MINE = """
SELECT q.page_name, q.schedule_id, MAX(q.attempts) AS attempts
FROM {schedule_generation_queue} AS q
WHERE q.execution_date >= @since
  AND q.status = 'PROCESSING'
  AND q.lease_expires_at = @lease
  AND q.page_name IN UNNEST(@pages)
GROUP BY q.page_name, q.schedule_id
ORDER BY q.page_name
"""
RENEW = """
UPDATE {schedule_generation_queue} AS q
SET lease_expires_at = @lease
WHERE q.execution_date >= @since
  AND q.page_name IN UNNEST(@pages)
  AND q.schedule_id IN UNNEST(@ids)
  AND q.status = 'PROCESSING'
"""
# The week is there already, whatever the daily run queued again.
SKIP = """
UPDATE {schedule_generation_queue} AS q
SET status = 'COMPLETED', processed_at = @now, error_message = 'week_has_schedule'
WHERE q.execution_date >= @since AND q.page_name IN UNNEST(@pages) AND q.status = 'PENDING'
"""
END = """
UPDATE {schedule_generation_queue} AS q
SET
  status = @status,
  schedule_id = NULLIF(@schedule, ''),
  processed_at = IF(@status = 'PENDING', CAST(NULL AS TIMESTAMP), @now),
  lease_expires_at = CAST(NULL AS TIMESTAMP),
  error_message = NULLIF(@reason, '')
WHERE q.execution_date >= @since AND q.page_name = @page AND q.schedule_id = @id AND q.status = 'PROCESSING'
"""
PENDING = """
SELECT q.page_name, MIN(q.queued_at) AS queued_at
FROM {schedule_generation_queue} AS q
WHERE q.execution_date >= @since AND q.status = 'PENDING'
GROUP BY q.page_name
ORDER BY queued_at, q.page_name
"""


@dataclass(frozen=True, slots=True)
class Claim:
    """A page that this process alone works on, and the schedule that it is to become."""

    page: str
    schedule_id: str
    attempts: int


class Queue:
    """The work queue of weeks."""

    def __init__(self, warehouse: Statements) -> None:
        self._warehouse = warehouse
        self._given: dict[str, datetime] = {}  # when the lease of a schedule of ours was given

    def enqueue(self, pages: Sequence[str], now: datetime) -> None:
        """An open row of today for each page that has none; a finished one is opened again."""
        self._warehouse.change(ENQUEUE, pages=list(pages), today=la_date(now), now=now)

    def skip(self, pages: Sequence[str], now: datetime) -> None:
        """Closes the open rows of pages that have a schedule for the week."""
        self._warehouse.change(SKIP, pages=list(pages), since=_since(now), now=now)

    def pending(self, now: datetime) -> list[str]:
        """Pages with open rows, the one that waits longest first."""
        return [row.page_name for row in self._warehouse.rows(PENDING, since=_since(now))]

    def claim(self, pages: Sequence[str], now: datetime) -> list[Claim]:
        """Those of the pages that nobody is at work on. What identifies this claim is its lease, to the microsecond."""
        lease = now + LEASE + timedelta(microseconds=random.randrange(10**6))  # noqa: S311
        asked = {"since": _since(now), "pages": list(pages), "lease": lease}
        self._warehouse.change(CLAIM, stamp=f"{now.astimezone(UTC):%Y%m%d_%H%M%S}", **asked)
        claims = [Claim(row.page_name, row.schedule_id, row.attempts) for row in self._warehouse.rows(MINE, **asked)]
        self._given |= dict.fromkeys((claim.schedule_id for claim in claims), now)
        return claims

    def keep(self, claim: Claim, now: datetime) -> None:
        """A lease that outlasts the next effect: renewed unless it was given a moment ago. Errors: LeaseLost."""
        given = self._given.get(claim.schedule_id)
        if given is None or not timedelta(0) <= now - given < HEARTBEAT:
            self.renew([claim], now)

    def renew(self, claims: Sequence[Claim], now: datetime) -> None:
        """A whole lease from now. Errors: LeaseLost when none of the claims stands any more."""
        asked = {"pages": [one.page for one in claims], "ids": [one.schedule_id for one in claims]}
        if not self._warehouse.change(RENEW, lease=now + LEASE, since=_since(now), **asked):
            raise LeaseLost(", ".join(asked["ids"]))
        self._given |= dict.fromkeys(asked["ids"], now)

    def end(self, claim: Claim, status: str, now: datetime, *, schedule: str = "", reason: str = "") -> None:
        """Closes the claim's rows, or opens them again; `schedule` is what stays written in them."""
        asked = {"since": _since(now), "page": claim.page, "id": claim.schedule_id}
        self._warehouse.change(END, status=status, schedule=schedule, reason=reason[:1000], now=now, **asked)


def la_date(now: datetime) -> date:
    """The Los Angeles date of an instant."""
    return now.astimezone(BUSINESS_ZONE).date()


def _since(now: datetime) -> date:
    return la_date(now) - timedelta(days=KEPT_DAYS)
