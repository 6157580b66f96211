"""What surrounds a stored week: captions that its selection left out, by rule, and other uses of the captions it sends.

Only read, and only for people: nothing that is built looks here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from operations.weeks.stored_weeks import StoredWeek
from operations.weeks.week_statements import Statements

# Far enough to see a caption's last use and its next one.
AROUND = timedelta(days=35)
# Locks of one caption lie farther apart than this, whatever the page (lock_caption_assignments_at).
APART_DAYS = 7
# The newest selection of the page between the claim, whose time is in the schedule's id, and the build.
LEFT_OUT = """
SELECT
  f.rule_type, f.rule_value, f.enforcement,
  COUNT(f.caption_id) AS captions,
  MIN(SUBSTR(f.caption_text, 1, 80)) AS example
FROM {caption_filter_audit_log} AS f
WHERE f.page_name = @page
  AND f.filtered_at BETWEEN @claimed AND @built
  AND f.filtered_at = (
    SELECT MAX(newest.filtered_at)
    FROM {caption_filter_audit_log} AS newest
    WHERE newest.page_name = @page
      AND newest.filtered_at BETWEEN @claimed AND @built
  )
GROUP BY f.rule_type, f.rule_value, f.enforcement
ORDER BY f.enforcement, f.rule_type, captions DESC, f.rule_value
"""
USES = """
SELECT u.caption_id, u.page_name, u.scheduled_send_date, u.scheduled_send_hour, u.schedule_id, u.is_active
FROM {caption_usage} AS u
WHERE u.scheduled_send_date BETWEEN @first AND @last
  AND u.caption_id IN (
    SELECT r.caption_id
    FROM {schedule_recommendations} AS r
    WHERE r.schedule_id = @id AND r.scheduled_send_date BETWEEN @first AND @last
  )
ORDER BY u.scheduled_send_date, u.scheduled_send_hour, u.page_name
"""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """What one rule did to the page's pool: took captions out, or lowered them."""

    rule: str
    value: str
    lowers: bool
    captions: int
    example: str = ""


@dataclass(frozen=True, slots=True)
class Use:
    """A day on which a page sends or sent a caption."""

    page: str
    day: date
    hour: int | None
    schedule_id: str
    is_locked: bool  # else it was sent


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Of one schedule. `left_out` is None where no selection of it is on record any more."""

    left_out: tuple[LeftOut, ...] | None = None
    own: Mapping[int, Use] = field(default_factory=dict)
    others: Mapping[int, tuple[Use, ...]] = field(default_factory=dict)

    def neighbours(self, caption_id: int, day: date) -> tuple[Use | None, Use | None]:
        """The use of the caption by others that is nearest before the day, and the nearest from it on."""
        uses = self.others.get(caption_id, ())
        before = [use for use in uses if use.day < day]
        after = [use for use in uses if use.day >= day]
        return (before[-1] if before else None), (after[0] if after else None)


def surroundings(warehouse: Statements, week: StoredWeek) -> Surroundings:
    """Of the week. Errors: CloudError."""
    days = [message.local.date() for message in week.messages]
    uses = warehouse.rows(USES, id=week.schedule_id, first=min(days) - AROUND, last=max(days) + AROUND)
    own: dict[int, Use] = {}
    others: dict[int, tuple[Use, ...]] = {}
    for row in uses:
        use = Use(row.page_name, row.scheduled_send_date, row.scheduled_send_hour, row.schedule_id or "", row.is_active)
        if row.schedule_id == week.schedule_id:
            own[row.caption_id] = use
        else:
            others[row.caption_id] = (*others.get(row.caption_id, ()), use)
    return Surroundings(_left_out(warehouse, week), own, others)


def _left_out(warehouse: Statements, week: StoredWeek) -> tuple[LeftOut, ...] | None:
    if week.built_at is None or week.claimed_at is None:
        return None
    asked = {"page": week.page, "claimed": week.claimed_at, "built": week.built_at}
    return tuple(map(_one, warehouse.rows(LEFT_OUT, **asked)))


def _one(row: Any) -> LeftOut:
    """Rules that are audited as one row a page, without captions, say in its value how many they took out."""
    counted = row.captions == 0
    return LeftOut(
        row.rule_type,
        "" if counted else row.rule_value or "",
        row.enforcement == "SOFT",
        int(row.rule_value) if counted else row.captions,
        row.example or "",
    )
