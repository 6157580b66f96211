"""Stored weeks, read back: their messages with the captions' texts, and how they were built."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from operations.display import BUSINESS_ZONE
from operations.weeks.errors import WeekError
from operations.weeks.week_statements import Statements

# As validate_input, which locking asks of schedule ids.
SCHEDULE_ID = re.compile(r"[A-Za-z0-9_-]{1,200}")
# Ours say when the page was claimed.
CLAIMED = re.compile(r"sched_(\d{8}_\d{6})_.+")
# Texts are those of the locks: what was in the bank when the week was built, and a small table to read.
MESSAGES = """
SELECT
  r.schedule_id, r.page_name, r.scheduled_send_time, r.message_type, r.caption_id, r.price_tier, r.recommended_price,
  r.saturation_zone, r.is_active, r.status, r.why, held.caption_text
FROM {schedule_recommendations} AS r
LEFT JOIN (
  SELECT a.caption_id, MIN(a.caption_text) AS caption_text
  FROM {active_caption_assignments} AS a
  WHERE a.schedule_id = @id
  GROUP BY a.caption_id
) AS held ON held.caption_id = r.caption_id
WHERE r.schedule_id = @id
ORDER BY r.scheduled_send_time, r.message_type, r.caption_id
"""
DETAILS = """
SELECT a.details, a.timestamp
FROM {audit_log} AS a
WHERE a.action = 'build' AND a.entity_type = 'schedule' AND a.entity_id = @id
ORDER BY a.timestamp DESC
LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class StoredMessage:
    """A message as it is stored; `local` is Los Angeles time."""

    local: datetime
    message_type: str
    caption_id: int | None
    text: str
    price_tier: str
    price: float | None
    why: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StoredWeek:
    """A schedule as it is stored. `details` says how it was built; empty where nobody wrote it down, as `built_at`."""

    schedule_id: str
    page: str
    zone: str
    is_active: bool
    messages: tuple[StoredMessage, ...]
    details: Mapping[str, Any]
    built_at: datetime | None = None

    @property
    def claimed_at(self) -> datetime | None:
        """When its page was claimed, to the second; None in ids of others."""
        found = CLAIMED.fullmatch(self.schedule_id)
        with contextlib.suppress(ValueError):
            return datetime.strptime(found[1], "%Y%m%d_%H%M%S").replace(tzinfo=UTC) if found else None
        return None

    @property
    def monday(self) -> date:
        """As it was built; where nobody wrote that down, that of its first message."""
        try:
            return date.fromisoformat(str(self.details["monday"]))
        except (KeyError, ValueError):
            first = self.messages[0].local.date()
            return first - timedelta(days=first.weekday())

    @property
    def state(self) -> str:
        """In a word."""
        return "active" if self.is_active else "withdrawn"


def schedule_id(text: str) -> str:
    """What may be one. Errors: WeekError."""
    if not SCHEDULE_ID.fullmatch(text):
        raise WeekError(f"{text!r} is no schedule", fix="schedules are called sched_YYYYMMDD_HHMMSS_PAGE")
    return text


def stored_week(warehouse: Statements, wanted: str) -> StoredWeek:
    """The schedule of this id. Errors: WeekError when there is none, CloudError."""
    rows = warehouse.rows(MESSAGES, id=schedule_id(wanted))
    if not rows:
        fix = "look at the queue: eros queue list --all"
        raise WeekError(f"there is no schedule {wanted}", fix=fix)
    said = warehouse.rows(DETAILS, id=wanted)
    return StoredWeek(
        wanted,
        rows[0].page_name,
        rows[0].saturation_zone or "",
        all(row.is_active for row in rows),
        tuple(map(_message, rows)),
        _details(said[0].details) if said else {},
        said[0].timestamp if said else None,
    )


def _details(text: str | None) -> Mapping[str, Any]:
    """What `operations.weeks.week_building` wrote down; others may have written other text."""
    try:
        found = json.loads(text or "")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _message(row: Any) -> StoredMessage:
    return StoredMessage(
        row.scheduled_send_time.astimezone(BUSINESS_ZONE).replace(tzinfo=None),
        row.message_type,
        row.caption_id,
        row.caption_text or "",
        row.price_tier or "",
        row.recommended_price,
        tuple((row.why or "").splitlines()),
    )
