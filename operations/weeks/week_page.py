"""A stored week as a page to look at: a calendar, volumes against aims, gaps, and why each message stands there.

One file of HTML that needs no network and no script; light and dark, and narrow enough for a phone. What stands in a
caption is text, never markup.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from html import escape
from itertools import pairwise

from operations.weeks.stored_weeks import StoredMessage, StoredWeek
from operations.weeks.surroundings import Surroundings
from operations.weeks.week_context import left_out, lock_and_neighbours
from operations.weeks.week_differences import price
from operations.weeks.week_style import STYLE
from scheduling.model import MessageType
from scheduling.quantities import BUCKET_OF

DAYS = 7
# The calendar's hours; outside them there are follow-ups only (check s5), and these stand at its edge.
FIRST_HOUR, LAST_HOUR = 6, 24
MINUTES = (LAST_HOUR - FIRST_HOUR) * 60
# As many as a mark is high, at a pixel a minute.
CHIP_MINUTES = 20
FORMS = {MessageType.PPV: "sells", MessageType.BUMP: "free", MessageType.FOLLOW_UP: "follows"}
NAMES = {MessageType.PPV: "sells", MessageType.BUMP: "free", MessageType.FOLLOW_UP: "follow-up"}


def page_of(week: StoredWeek, around: Surroundings) -> str:
    """The whole page."""
    title = escape(f"{week.page}: week of {week.monday}")
    parts = (_head(week, title), _calendar(week), _days_after(week), _reasons(week, around), left_out(around))
    body = "\n".join(line for part in parts for line in part)
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{title}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n{body}\n</main>\n</body>\n</html>\n"
    )


def smallest_gap(messages: Sequence[StoredMessage]) -> int | None:
    """Minutes between the two messages that sell which stand closest; None with fewer than two."""
    times = sorted(message.local for message in messages if message.message_type == MessageType.PPV)
    gaps = [int((later - earlier).total_seconds()) // 60 for earlier, later in pairwise(times)]
    return min(gaps, default=None)


def _head(week: StoredWeek, title: str) -> Iterator[str]:
    details = week.details
    yield f"<h1>{title}</h1>"
    yield f'<p class="state {week.state}">{escape(week.schedule_id)}: {week.state}. All times are Los Angeles time.</p>'
    yield '<dl class="facts">'
    facts = [("zone", week.zone), ("size", details.get("tier")), ("profile", details.get("profile"))]
    for name, kind in (("messages that sell", MessageType.PPV), ("free messages", MessageType.BUMP)):
        count = sum(message.message_type == kind for message in week.messages)
        aim = details.get({MessageType.PPV: "ppv", MessageType.BUMP: "bump"}[kind])
        facts.append((name, f"{count}" if aim is None else f"{count} of {aim}"))
    gap, least = smallest_gap(week.messages), details.get("gap_minutes")
    facts.append(("smallest gap", "none" if gap is None else f"{gap} min" + f" (least {least})" * (least is not None)))
    for name, value in facts:
        yield f"<div><dt>{escape(name)}</dt><dd>{escape(str(value or '?'))}</dd></div>"
    yield "</dl>"
    if given := details.get("gave_way"):
        yield "<h2>Rules that gave way</h2>\n<ul>"
        for one in given:
            yield f"<li><b>{escape(str(one['rule']))}</b>: {escape(str(one['reason']))}</li>"
        yield "</ul>"


def _calendar(week: StoredWeek) -> Iterator[str]:
    """A column a day; on a phone a list a day."""
    yield '<h2>Calendar</h2>\n<ul class="legend">'
    yield from (f'<li class="chip {form}">{NAMES[kind]}</li>' for kind, form in FORMS.items())
    yield from (f'<li class="chip sells {bucket}">{bucket}</li>' for bucket in ("budget", "mid", "premium"))
    yield '</ul>\n<div class="week">\n<div class="hours" aria-hidden="true">'
    for hour in range(FIRST_HOUR, LAST_HOUR, 2):
        yield f'<span style="top:{_share(hour * 60)}%">{hour:02d}:00</span>'
    yield "</div>"
    first = week.monday
    for number in range(DAYS):
        day = first + timedelta(days=number)
        yield f'<section class="day"><h3>{day:%a %d %b}</h3><div class="line">'
        yield from _line([(place, one) for place, one in enumerate(week.messages) if one.local.date() == day])
        yield "</div></section>"
    yield "</div>"


def _line(messages: Sequence[tuple[int, StoredMessage]]) -> Iterator[str]:
    """A day's marks at their minutes. Follow-ups have a lane of their own; none covers the one before it."""
    free_from = {True: 0, False: 0}
    for place, message in messages:
        lane = message.message_type == MessageType.FOLLOW_UP
        minute = max(message.local.hour * 60 + message.local.minute, free_from[lane])
        free_from[lane] = minute + CHIP_MINUTES
        yield _chip(place, message, _share(minute))


def _chip(place: int, message: StoredMessage, top: str) -> str:
    follows = message.message_type == MessageType.FOLLOW_UP  # a narrow lane; its price is in the title
    said = f"{message.local:%H:%M}" if follows else f"{message.local:%H:%M} {price(message.price)}"
    about = f"{_kind(message)} {price(message.price)}, {message.price_tier or 'no caption'}"
    title = escape(f"{about}: {_short(message.text)}" if message.text else about)
    return f'<a class="chip {_classes(message)}" style="top:{top}%" href="#m{place}" title="{title}">{said}</a>'


def _days_after(week: StoredWeek) -> Iterator[str]:
    """Follow-ups of the last messages lie after the week."""
    end = week.monday + timedelta(days=DAYS)
    after = [(place, one) for place, one in enumerate(week.messages) if one.local.date() >= end]
    if after:
        yield '<h2>After the week</h2>\n<p class="after">'
        yield from (
            f'<a class="chip {_classes(one)}" href="#m{place}">{one.local:%a %H:%M} {price(one.price)}</a>'
            for place, one in after
        )
        yield "</p>"


def _reasons(week: StoredWeek, around: Surroundings) -> Iterator[str]:
    """Every message with its text, its reasons, and where its caption is locked, in the order of time."""
    yield "<h2>Messages, and why</h2>"
    for place, message in enumerate(week.messages):
        caption = "no caption" if message.caption_id is None else f"caption {message.caption_id}"
        yield f'<article id="m{place}" class="{_classes(message)}">'
        yield f"<h3>{message.local:%A %H:%M}: {escape(_kind(message))}, {price(message.price)}</h3>"
        yield f"<p>{escape(caption)}{escape(f', {message.price_tier}') if message.price_tier else ''}</p>"
        if message.text:
            yield f"<blockquote>{escape(message.text)}</blockquote>"
        yield "<ul>"
        yield from (f"<li>{escape(reason)}</li>" for reason in message.why)
        yield "</ul>"
        if message.caption_id is not None:
            yield lock_and_neighbours(around, message.caption_id, message.local.date())
        yield "</article>"


def _classes(message: StoredMessage) -> str:
    """The form says the type, the colour the price."""
    bucket = BUCKET_OF.get(message.price_tier.strip().lower(), "")
    return f"{FORMS.get(MessageType(message.message_type), '') if _is_known(message) else ''} {bucket}".strip()


def _kind(message: StoredMessage) -> str:
    return NAMES[MessageType(message.message_type)] if _is_known(message) else message.message_type


def _is_known(message: StoredMessage) -> bool:
    """Other programs write other types."""
    return message.message_type in set(MessageType)


def _short(text: str, most: int = 80) -> str:
    line = " ".join(text.split())
    return line if len(line) <= most else f"{line[: most - 1]}…"


def _share(minute: int) -> str:
    """Where in a day's column a minute stands, in percent; what lies outside stands at its edge."""
    place = min(max(minute - FIRST_HOUR * 60, 0), MINUTES - CHIP_MINUTES)
    return f"{100 * place / MINUTES:.2f}"
