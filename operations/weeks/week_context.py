"""The parts of a week's page that look beyond the week: what rules left out, and the locks of its captions."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from html import escape

from operations.weeks.surroundings import APART_DAYS, LeftOut, Surroundings, Use

# The rules that caption selection audits, in words.
RULES = {
    "ALLOWED_PROFILE": "not in the page's allowed profile",
    "CATEGORY": "restricted category",
    "PRICE_TIER": "restricted price tier",
    "PATTERN_HARD": "restricted pattern",
    "PATTERN_SOFT": "unwanted pattern",
    "INVENTORY": "content that the page does not have",
    "COOLDOWN": "the page uses it within a week",
    "AGENCY_LOCK": "another page holds it around this week",
    "BUDGET": "the week's budget of its category or urgency is spent",
}


def left_out(around: Surroundings) -> Iterator[str]:
    """What each rule took out of the pool or lowered in it."""
    yield "<h2>Left out, by rule</h2>"
    if around.left_out is None:
        yield "<p>It is not on record which selection this schedule had.</p>"
    elif not around.left_out:
        yield "<p>No rule left a caption out, as far as selections are still on record (90 days).</p>"
    else:
        yield '<div class="wide"><table>\n<tr><th>rule</th><th class="count">captions</th><th>such as</th></tr>'
        yield from map(_row, around.left_out)
        yield "</table></div>"


def lock_and_neighbours(around: Surroundings, caption_id: int, day: date) -> str:
    """Whether the caption is locked for this message, and where others send it next to it."""
    own = around.own.get(caption_id)
    state = "not locked" if own is None else f"locked until {own.day:%a %d %b} is over" if own.is_locked else "sent"
    before, after = around.neighbours(caption_id, day)
    parts = [state, *(_neighbour(use, day) for use in (before, after) if use)]
    if not (before or after):
        parts.append("no other use of it within five weeks")
    return f'<p class="locks">{"; ".join(parts)}</p>'


def _row(one: LeftOut) -> str:
    name = RULES.get(one.rule, one.rule)
    said = f"{name}: {one.value}" if one.value else name
    how = " (lowered, not left out)" if one.lowers else ""
    return f'<tr><td>{escape(said)}{how}</td><td class="count">{one.captions:,}</td><td>{escape(one.example)}</td></tr>'


def _neighbour(use: Use, day: date) -> str:
    days = (use.day - day).days
    where = "the same day" if not days else f"{abs(days)} days {'after' if days > 0 else 'before'}"
    verb = "holds" if use.is_locked else "sent"
    said = f"{escape(use.page)} {verb} it on {use.day:%a %d %b %Y}, {where}"
    return f"<b>{said}: too near</b>" if abs(days) <= APART_DAYS else said
