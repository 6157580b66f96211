"""Locks on captions, by hand: which there are, and freeing those that nobody needs.

What was sent is usage and stays. A lock of an active schedule, or of one that is being built, is freed only when that
is asked for: the schedule itself goes by `eros week cancel`.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from operations.byhand.hand_changes import Audited, audit
from operations.display import BUSINESS_ZONE
from operations.weeks.queue import KEPT_DAYS, la_date
from operations.weeks.week_statements import Statements


def _with_conditions(statement: str) -> str:
    """A statement in which MEANT says which locks, UNSENT which of them are still to be sent, NEEDED by whom."""
    conditions = {
        "MEANT": """held.is_active
  AND held.scheduled_send_date >= @today
  AND @page IN ('', LOWER(TRIM(held.page_name)))
  AND @schedule IN ('', held.schedule_id)
  AND @caption IN ('', CAST(held.caption_id AS STRING))""",
        "UNSENT": "(held.scheduled_send_date > @today OR COALESCE(held.scheduled_send_hour, 24) > @hour)",
        "NEEDED": """COALESCE(held.schedule_id IN (
    SELECT r.schedule_id
    FROM {schedule_recommendations} AS r
    WHERE r.is_active AND r.scheduled_send_date >= @today
    UNION DISTINCT
    SELECT q.schedule_id
    FROM {schedule_generation_queue} AS q
    WHERE q.execution_date >= @since AND q.status = 'PROCESSING' AND q.schedule_id IS NOT NULL
  ), FALSE)""",
    }
    for name, condition in conditions.items():
        statement = statement.replace(name, condition)
    return statement


LOCKS = _with_conditions("""
SELECT
  held.page_name, held.caption_id, held.schedule_id, held.scheduled_send_date, held.scheduled_send_hour,
  held.assigned_at, held.caption_text,
  NEEDED AS is_needed,
  UNSENT AS is_unsent
FROM {active_caption_assignments} AS held
WHERE MEANT
ORDER BY held.scheduled_send_date, held.scheduled_send_hour, held.page_name, held.caption_id
""")
FREE = _with_conditions("""
UPDATE {active_caption_assignments} AS held
SET is_active = FALSE, deactivated_at = @now, deactivation_reason = 'CANCELLED'
WHERE MEANT
  AND UNSENT
  AND (@needed_too OR NOT NEEDED)
""")


@dataclass(frozen=True, slots=True)
class LocksAsk:
    """Which locks are meant: those to which all that is stated applies. `caption` is an id as text."""

    page: str = ""
    caption: str = ""
    schedule: str = ""

    @property
    def is_open(self) -> bool:
        """Whether it means all locks of everybody."""
        return not (self.page or self.caption or self.schedule)


def locks(warehouse: Statements, ask: LocksAsk, now: datetime) -> list[Any]:
    """The active locks, by send time; `is_needed` of a schedule that is active or being built. Errors: CloudError."""
    return warehouse.rows(LOCKS, **_parameters(ask, now))


def freed_by(rows: list[Any], *, needed_too: bool) -> list[Any]:
    """Those of the locks that freeing would free."""
    return [row for row in rows if row.is_unsent and (needed_too or not row.is_needed)]


def free(warehouse: Statements, ask: LocksAsk, now: datetime, by: str, reason: str, *, needed_too: bool) -> int:
    """Frees them, by what the tables hold at that moment; how many. Errors: CloudError."""
    count = warehouse.change(FREE, **_parameters(ask, now), now=now, needed_too=needed_too)
    details = {"reason": reason, "locks": count, "of_active_schedules_too": needed_too, **asdict(ask)}
    named = ask.schedule or ask.caption or ask.page
    audit(warehouse, Audited("free", "lock", named, ask.page, by, details))
    return count


def _parameters(ask: LocksAsk, now: datetime) -> dict[str, Any]:
    today, hour = la_date(now), now.astimezone(BUSINESS_ZONE).hour
    return {**asdict(ask), "today": today, "since": today - timedelta(days=KEPT_DAYS), "hour": hour}
