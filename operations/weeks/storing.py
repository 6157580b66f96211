"""Rows of schedule_recommendations and what goes with them: stored, activated, withdrawn.

Each is one statement, so that no half of a week is ever to be seen.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from operations.display import BUSINESS_ZONE
from operations.weeks.errors import LeaseLost, WeekHasSchedule
from operations.weeks.queue import KEPT_DAYS, Claim, la_date
from operations.weeks.week_statements import Statements, Structs
from scheduling.model import BuiltWeek, MessageType

WEEK_DAYS = 7
# Follow-ups of the last messages lie after their week.
LATEST_DAYS = 14
FIELDS = {
    "send_time": "TIMESTAMP",
    "send_date": "DATE",
    "send_hour": "INT64",
    "message_type": "STRING",
    "caption_id": "INT64",
    "time_slot_rank": "INT64",
    "price_tier": "STRING",
    "price": "FLOAT64",
    "why": "STRING",
}
STORE = """
INSERT INTO {schedule_recommendations}
  (
    schedule_id, page_name, day_of_week, scheduled_send_time, message_type, caption_id, created_at, is_active,
    time_slot_rank, scheduled_send_date, scheduled_send_hour, price_tier, recommended_price, saturation_zone, status,
    updated_at, why
  )
SELECT
  @id, @page, FORMAT_DATE('%A', m.send_date), m.send_time, m.message_type, m.caption_id, @now, FALSE,
  m.time_slot_rank, m.send_date, m.send_hour, m.price_tier, m.price, @zone, 'pending',
  @now, m.why
FROM UNNEST(@messages) AS m
WHERE 0 = (
  SELECT COUNT(*)
  FROM {schedule_recommendations} AS r
  WHERE r.schedule_id = @id AND r.page_name = @page AND r.scheduled_send_date >= @today
)
"""
# Of two weeks of one page that are activated at once both change the same partitions, so that the second looks again.
ACTIVATE = """
UPDATE {schedule_recommendations} AS r
SET is_active = TRUE, updated_at = @now
WHERE r.schedule_id = @id
  AND r.page_name = @page
  AND r.scheduled_send_date BETWEEN @monday AND @latest
  AND r.status = 'pending'
  AND @locks = (
    SELECT COUNT(*)
    FROM {active_caption_assignments} AS held
    WHERE held.schedule_id = @id
      AND held.page_name = @page
      AND held.is_active
      AND held.scheduled_send_date BETWEEN @monday AND @sunday
  )
  AND 0 < (
    SELECT COUNT(*)
    FROM {schedule_generation_queue} AS q
    WHERE q.execution_date >= @since
      AND q.page_name = @page
      AND q.schedule_id = @id
      AND q.status = 'PROCESSING'
      AND q.lease_expires_at > @now
  )
  AND 0 = (
    SELECT COUNT(*)
    FROM {schedule_recommendations} AS other
    WHERE other.page_name = @page
      AND other.schedule_id != @id
      AND other.is_active
      AND other.message_type != 'Follow up'
      AND other.scheduled_send_date BETWEEN @monday AND @sunday
  )
"""
ACTIVE = """
SELECT r.page_name, MIN(r.schedule_id) AS schedule_id
FROM {schedule_recommendations} AS r
WHERE r.is_active
  AND r.message_type != 'Follow up'
  AND r.page_name IN UNNEST(@pages)
  AND r.scheduled_send_date BETWEEN @monday AND @sunday
GROUP BY r.page_name
"""
WITHDRAW = """
UPDATE {schedule_recommendations} AS r
SET is_active = FALSE, status = 'archived', updated_at = @now
WHERE r.schedule_id = @id AND r.page_name = @page AND r.scheduled_send_date >= @since AND r.status != 'archived'
"""
# What was sent already stays locked: it is usage. CANCELLED is none (view caption_usage), so the captions are free.
FREE = """
UPDATE {active_caption_assignments} AS held
SET is_active = FALSE, deactivated_at = @now, deactivation_reason = 'CANCELLED'
WHERE held.is_active
  AND held.schedule_id = @id
  AND held.page_name = @page
  AND held.scheduled_send_date >= @today
  AND (held.scheduled_send_date > @today OR held.scheduled_send_hour > @hour)
  AND 0 = (
    SELECT COUNT(*)
    FROM {schedule_recommendations} AS r
    WHERE r.schedule_id = @id AND r.page_name = @page AND r.is_active AND r.scheduled_send_date >= @since
  )
"""
AUDIT = """
INSERT INTO {audit_log} (action, entity_type, entity_id, page_name, details, timestamp, user_agent)
VALUES (@action, 'schedule', @id, @page, @details, @now, 'eros week')
"""


@dataclass(frozen=True, slots=True)
class PageSchedule:
    """One schedule of one page."""

    schedule_id: str
    page: str


class Store:
    """Schedules in the tables."""

    def __init__(self, warehouse: Statements) -> None:
        self._warehouse = warehouse

    def active(self, pages: Sequence[str], monday: date) -> dict[str, str]:
        """The active schedule of the week, of those pages that have one."""
        asked = {"pages": list(pages), "monday": monday, "sunday": monday + timedelta(days=WEEK_DAYS - 1)}
        return {row.page_name: row.schedule_id for row in self._warehouse.rows(ACTIVE, **asked)}

    def store(self, claim: Claim, week: BuiltWeek, details: dict[str, Any], now: datetime) -> None:
        """All messages of the week, inactive, and how it was built. Repeated it stores nothing more."""
        messages = Structs(FIELDS, rows_of(week))
        asked = {"id": claim.schedule_id, "page": claim.page, "now": now}
        self._warehouse.change(STORE, messages=messages, zone=week.volume.zone, today=la_date(now), **asked)
        self.audit("build", PageSchedule(claim.schedule_id, claim.page), details, now)

    def activate(self, claim: Claim, week: BuiltWeek, now: datetime) -> None:
        """The whole stored week at once. Errors: WeekHasSchedule, LeaseLost; then none of it is active."""
        changed = self._warehouse.change(
            ACTIVATE,
            id=claim.schedule_id,
            page=claim.page,
            now=now,
            monday=week.monday,
            sunday=week.monday + timedelta(days=WEEK_DAYS - 1),
            latest=week.monday + timedelta(days=LATEST_DAYS),
            since=la_date(now) - timedelta(days=KEPT_DAYS),
            locks=sum(message.caption is not None for message in week.messages),
        )
        if changed == len(week.messages):
            return
        other = self.active([claim.page], week.monday).get(claim.page)
        if other and other != claim.schedule_id:
            raise WeekHasSchedule(claim.page, week.monday, other)
        raise LeaseLost(claim.schedule_id)

    def withdraw(self, schedule: PageSchedule, action: str, reason: str, now: datetime) -> None:
        """Its rows inactive, then its locks free, then said so. Repeated it changes nothing more."""
        since = la_date(now) - timedelta(days=KEPT_DAYS)
        asked = {"id": schedule.schedule_id, "page": schedule.page, "now": now, "since": since}
        self._warehouse.change(WITHDRAW, **asked)
        self._warehouse.change(FREE, today=la_date(now), hour=now.astimezone(BUSINESS_ZONE).hour, **asked)
        self.audit(action, schedule, {"reason": reason}, now)

    def audit(self, action: str, schedule: PageSchedule, details: dict[str, Any], now: datetime) -> None:
        """A row of audit_log."""
        text = json.dumps(details, ensure_ascii=False)
        self._warehouse.change(AUDIT, action=action, id=schedule.schedule_id, page=schedule.page, details=text, now=now)


def rows_of(week: BuiltWeek) -> list[dict[str, Any]]:
    """The messages as they are stored; date and hour are those of the instant in Los Angeles."""
    rows = []
    for message in week.messages:
        there = message.instant.astimezone(BUSINESS_ZONE)
        rows.append(
            {
                "send_time": message.instant,
                "send_date": there.date(),
                "send_hour": there.hour,
                "message_type": str(MessageType(message.message_type)),
                "caption_id": message.caption.caption_id if message.caption else None,
                "time_slot_rank": message.time_slot_rank,
                "price_tier": message.caption.price_tier if message.caption else None,
                "price": None if message.price is None else float(message.price),
                "why": "\n".join(message.why),
            }
        )
    return rows
