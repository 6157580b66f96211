"""The queue of pages, by hand: look at it, put a page in, take one out. Claims are left to `operations.weeks`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from operations.byhand.hand_changes import Audited, audit
from operations.weeks.queue import KEPT_DAYS, Queue, la_date
from operations.weeks.week_statements import Statements
from settings.errors import ErosError

QUEUED = """
SELECT
  q.page_name, q.execution_date, q.status, q.queued_at, q.attempts, q.lease_expires_at, q.processed_at, q.schedule_id,
  q.saturation_pct, q.error_message
FROM {schedule_generation_queue} AS q
WHERE q.execution_date >= @since AND @page IN ('', q.page_name) AND (@closed OR q.status != 'COMPLETED')
ORDER BY q.execution_date DESC, q.status, q.page_name
"""
# Closed, not deleted: the next daily run of the date would queue a page anew that has no row.
DROP = """
UPDATE {schedule_generation_queue} AS q
SET status = 'COMPLETED', processed_at = @now, error_message = CONCAT('dropped: ', @reason)
WHERE q.execution_date >= @since AND q.page_name = @page AND q.status = 'PENDING'
"""
WAITING, AT_WORK = "PENDING", "PROCESSING"


def queued(
    warehouse: Statements, now: datetime, *, page: str = "", days: int = KEPT_DAYS, closed: bool = True
) -> list[Any]:
    """Rows of the last days, newest date first. Errors: CloudError."""
    return warehouse.rows(QUEUED, since=la_date(now) - timedelta(days=days), page=page, closed=closed)


def requeue(warehouse: Statements, page: str, now: datetime, by: str, reason: str) -> None:
    """An open row of today for the page, with all its attempts. Errors: ErosError unless it is closed, CloudError."""
    rows = queued(warehouse, now, page=page)
    _refuse_at_work(rows, page)
    if any(row.status == WAITING for row in rows):
        raise ErosError(f"{page} waits in the queue already; nothing was changed", fix="eros week run --once builds it")
    Queue(warehouse).enqueue([page], now)
    state = rows[0].status if rows else None
    audit(warehouse, Audited("requeue", "queue", page, page, by, {"reason": reason, "from": state}))


def drop(warehouse: Statements, page: str, now: datetime, by: str, reason: str) -> int:
    """Closes what waits of the page; how many rows. Errors: ErosError when nothing waits, CloudError."""
    _refuse_at_work(queued(warehouse, now, page=page), page)
    since = la_date(now) - timedelta(days=KEPT_DAYS)
    count = warehouse.change(DROP, page=page, since=since, now=now, reason=reason)
    if not count:
        raise ErosError(f"nothing of {page} waits in the queue; nothing was changed", fix="eros queue list")
    audit(warehouse, Audited("drop", "queue", page, page, by, {"reason": reason, "rows": count}))
    return count


def _refuse_at_work(rows: Sequence[Any], page: str) -> None:
    for row in rows:
        if row.status == AT_WORK:
            lease = f"{row.lease_expires_at:%Y-%m-%d %H:%M} UTC" if row.lease_expires_at else "an unknown time"
            raise ErosError(
                f"a builder is at work on {page} until {lease} ({row.schedule_id}); nothing was changed",
                fix="wait for it; of one that died the next eros week run takes over 10 minutes after that",
            )
