"""A week in a terminal: what is planned or stored, and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rich.console import Console

from operations import display
from operations.weeks.stored_weeks import StoredMessage, StoredWeek
from operations.weeks.week_differences import price
from scheduling.model import BuiltWeek, PlannedMessage

HEADERS = ("Los Angeles", "type", "tier", "price", "caption", "text")
SHOWN = 60


def planned(week: BuiltWeek) -> StoredWeek:
    """A week that is not stored, in the form of one that is."""
    details = {
        "monday": str(week.monday),
        "profile": week.profile,
        "tier": week.volume.tier,
        "ppv": week.volume.ppv,
        "bump": week.volume.bump,
        "gave_way": [{"rule": one.rule.value, "reason": one.reason} for one in week.gave_way],
    }
    messages = tuple(_planned(message) for message in week.messages)
    return StoredWeek("", week.page_name, week.volume.zone, False, messages, details)


def show(console: Console, week: StoredWeek, *, why: bool) -> None:
    """The messages in their order; with `why` the reasons of each below it."""
    for line in heading(week):
        console.print(line)
    if not why:
        console.print(display.table(HEADERS, map(_cells, week.messages)))
        return
    for message in week.messages:
        console.print("  ".join(cell for cell in _cells(message) if cell))
        for reason in message.why:
            console.print(f"    {reason}")


def heading(week: StoredWeek) -> Iterator[str]:
    """What is to be said of the week as a whole; a rule that gave way is a line."""
    details = week.details
    state = week.state if week.schedule_id else "a preview; nothing is written, the next selection draws anew"
    yield f"{week.schedule_id or 'no schedule'} of {week.page}: {state}"
    sells, free, follows = (_count(week, kind) for kind in ("PPV", "Bump", "Follow up"))
    wanted = f" (aims: {details['ppv']} and {details['bump']})" if {"ppv", "bump"} <= details.keys() else ""
    yield f"week of {details.get('monday', '?')}, zone {week.zone or '?'}, profile {details.get('profile', '?')}"
    yield f"{sells} messages that sell and {free} free ones{wanted}; {follows} follow-ups"
    for one in details.get("gave_way") or ():
        yield f"gave way: {one['rule']}: {one['reason']}"


def as_json(week: StoredWeek) -> dict[str, Any]:
    """For programs; times are Los Angeles wall time."""
    return {
        "scheduleId": week.schedule_id or None,
        "page": week.page,
        "zone": week.zone,
        "active": week.is_active,
        "built": dict(week.details),
        "messages": [_message_json(message) for message in week.messages],
    }


def _message_json(message: StoredMessage) -> Mapping[str, Any]:
    return {
        "losAngeles": message.local,
        "type": message.message_type,
        "tier": message.price_tier or None,
        "price": message.price,
        # Beyond what JSON's readers hold as a number.
        "captionId": None if message.caption_id is None else str(message.caption_id),
        "text": message.text or None,
        "why": list(message.why),
    }


def _planned(message: PlannedMessage) -> StoredMessage:
    caption = message.caption
    return StoredMessage(
        message.local,
        str(message.message_type),
        caption.caption_id if caption else None,
        "",
        caption.price_tier if caption else "",
        None if message.price is None else float(message.price),
        message.why,
    )


def _cells(message: StoredMessage) -> tuple[str, ...]:
    text = " ".join(message.text.split())
    return (
        f"{message.local:%a %Y-%m-%d %H:%M}",
        message.message_type,
        message.price_tier,
        price(message.price),
        "" if message.caption_id is None else str(message.caption_id),
        text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}…",
    )


def _count(week: StoredWeek, kind: str) -> int:
    return sum(message.message_type == kind for message in week.messages)
