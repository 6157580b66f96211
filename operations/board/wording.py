"""Instants, ages and amounts in the words of the board."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from operations.board.panels import Item, Light
from operations.display import BUSINESS_ZONE, both_zones

STEPS = ((86400, "d"), (3600, "h"), (60, "min"))
UNITS = ("bytes", "KiB", "MiB", "GiB", "TiB")


def age(instant: datetime, now: datetime) -> str:
    """`3 h ago`, `in 20 min`."""
    amount = span(now - instant)
    if not amount:
        return "now"
    return f"{amount} ago" if instant <= now else f"in {amount}"


def span(length: timedelta) -> str:
    """`3 h`, `20 min`; empty below a minute."""
    seconds = abs(length.total_seconds())
    return next((f"{seconds // step:.0f} {unit}" for step, unit in STEPS if seconds >= step), "")


def when(instant: datetime | None, now: datetime, never: str = "never", state: Light = "") -> Item:
    """How long ago, and below it when."""
    if instant is None:
        return Item(never, state=state)
    return Item(age(instant, now), short(instant), value=instant.timestamp(), state=state)


def short(instant: datetime) -> str:
    """`04 Nov 20:00 UTC (12:00 LA)`: within a few weeks that is enough."""
    return f"{instant:%d %b %H:%M} UTC ({instant.astimezone(BUSINESS_ZONE):%H:%M} LA)"


def moment(instant: datetime) -> Item:
    """An instant along a plot's axis."""
    return Item(both_zones(instant), value=instant.timestamp())


def count(number: int | None) -> Item:
    """A number with its thousands apart."""
    return Item("" if number is None else f"{number:,}", value=number)


def measured(value: float, unit: str) -> str:
    """A value of a check in its unit, to three digits."""
    return f"${figure(value)}" if unit == "$" else f"{figure(value)} {unit}"


def figure(value: float) -> str:
    """A number to three digits, its thousands apart."""
    return f"{value:,.0f}" if abs(value) >= 100 or value == int(value) else f"{value:.3g}"


def dollars(amount: float) -> str:
    """Cents, and as many digits of less than one as say something."""
    return f"${amount:,.2f}" if amount >= 1 or not amount else f"${amount:.4f}"


def size(number: float) -> str:
    """`2.9 MiB`."""
    power = 0
    while number >= 1024 and power < len(UNITS) - 1:
        number, power = number / 1024, power + 1
    return f"{number:,.0f} {UNITS[0]}" if not power else f"{number:,.1f} {UNITS[power]}"


def some(number: int, what: str) -> str:
    """`1 backup`, `2 backups`."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def to_run(job: str, stack: str) -> str:
    """How to have a scheduled job run now."""
    return f"eros schedules -s {stack} run {job}"


def midnights(begins: datetime, ends: datetime) -> Iterator[datetime]:
    """The Los Angeles midnights between two instants."""
    day = begins.astimezone(BUSINESS_ZONE).replace(hour=0, minute=0, second=0, microsecond=0)
    while day < ends:
        if day > begins:
            yield day
        day += timedelta(days=1)
