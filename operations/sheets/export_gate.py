"""Whether a schedule may go into a spreadsheet: it is active and sound, its zone is not RED, the switch is on, and the
same was not exported within 24 hours. A check that cannot be made fails the export.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from operations.sheets.cell_values import LONGEST
from operations.sheets.sheet_errors import AlreadyExported, GateClosed
from operations.weeks.stored_weeks import StoredMessage, StoredWeek
from operations.weeks.week_statements import Statements
from scheduling.model import MessageType

SWITCH, RED = "auto_export", "RED"
AGAIN_AFTER = timedelta(hours=24)
SWITCHED = """
SELECT f.is_enabled
FROM {feature_flags} AS f
WHERE f.flag = @flag
ORDER BY f.updated_at DESC
LIMIT 1
"""
EXPORTED = """
SELECT MAX(log.export_timestamp) AS newest
FROM {schedule_export_log} AS log
WHERE log.schedule_id = @id
  AND log.export_format = 'SHEETS'
  AND log.status = 'SUCCESS'
  AND log.sheet_name = @sheet
  AND log.export_timestamp > @newer_than
"""


def check(warehouse: Statements, week: StoredWeek) -> None:
    """Errors: GateClosed that says what is in the way, CloudError."""
    if not week.is_active:
        fix = f"build one: eros week build --page {week.page}"
        raise GateClosed(f"schedule {week.schedule_id} was withdrawn; only active ones are exported", fix=fix)
    if found := list(problems(week)):
        more = f" (and {len(found) - 3} more)" if len(found) > 3 else ""
        fix = f"eros week cancel {week.schedule_id}, then eros week build --page {week.page}"
        raise GateClosed(f"schedule {week.schedule_id} is not sound: {'; '.join(found[:3])}{more}", fix=fix)
    if week.zone.upper() == RED:
        fix = f"look at it (eros week html {week.schedule_id}); a person may take it as a file: eros export csv"
        raise GateClosed(f"zone of {week.page} is RED: its schedule goes into no spreadsheet by itself", fix=fix)
    check_switch(warehouse)


def check_switch(warehouse: Statements) -> None:
    """Whether programs export at all. Errors: GateClosed, CloudError."""
    switched = warehouse.rows(SWITCHED, flag=SWITCH)
    if not switched or not switched[0].is_enabled:
        state = "off" if switched else "not set"
        fix = f"eros flags show {SWITCH} says who set it; eros flags set {SWITCH} on"
        if not switched:
            fix = "eros run daily_automation, which sets what is absent"
        raise GateClosed(f"the switch {SWITCH} is {state}", fix=fix)


def check_not_again(warehouse: Statements, week: StoredWeek, sheet: str, now: datetime) -> None:
    """Errors: AlreadyExported, CloudError."""
    found = warehouse.rows(EXPORTED, id=week.schedule_id, sheet=sheet, newer_than=now - AGAIN_AFTER)
    if found and found[0].newest is not None:
        when = f"{found[0].newest:%Y-%m-%d %H:%M} UTC"
        raise AlreadyExported(
            f"{week.schedule_id} was exported into {sheet!r} at {when}", fix="--force exports it again"
        )


def check_texts(week: StoredWeek, texts: Iterable[tuple[int | None, str | None]]) -> None:
    """Each caption that is to be written has a text, and one that a cell takes. Errors: GateClosed."""
    for caption, text in texts:
        if caption is None:  # a follow-up
            continue
        if not text:
            fix = f"eros week cancel {week.schedule_id}, then eros week build --page {week.page}"
            raise GateClosed(f"caption {caption} of schedule {week.schedule_id} has no text any more", fix=fix)
        if len(text) > LONGEST:
            raise GateClosed(
                f"caption {caption} has {len(text):,} characters; a cell of Google Sheets takes {LONGEST:,}",
                fix=f"shorten it in caption_bank, or take the file: eros export csv {week.schedule_id}",
            )


def problems(week: StoredWeek) -> Iterator[str]:
    """What is wrong with the messages, each in words that name it."""
    captioned = [one for one in week.messages if one.message_type != MessageType.FOLLOW_UP]
    if not captioned:
        yield "it has no message with a caption"
    for one in week.messages:
        if said := _problem(one):
            yield f"{one.message_type} at {one.local:%Y-%m-%d %H:%M} {said}"
    for caption, times in Counter(one.caption_id for one in captioned).items():
        if times > 1 and caption is not None:
            yield f"caption {caption} stands in it {times} times"


def _problem(message: StoredMessage) -> str:
    if message.message_type not in [*MessageType]:
        return f"is of no kind that is known: {', '.join(MessageType)}"
    if message.message_type == MessageType.FOLLOW_UP:
        return ""
    if message.caption_id is None:
        return "has no caption"
    sells = message.message_type == MessageType.PPV
    if sells and not (message.price and math.isfinite(message.price) and message.price > 0):
        return f"has no price: {message.price}"
    return ""
