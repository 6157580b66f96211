"""Los Angeles wall time and instants: all arithmetic is on wall time, which is turned into an instant once."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from scheduling.profile_values import Night

ZONE = ZoneInfo("America/Los_Angeles")


def wall_time(day: date, minute: int) -> datetime:
    """The wall time of a day's minute."""
    return datetime.combine(day, time(minute // 60, minute % 60))


def minute_of(local: datetime) -> int:
    """Minutes since midnight on the clock."""
    return local.hour * 60 + local.minute


def instant(local: datetime) -> datetime:
    """The instant of a wall time; of two at the end of summer the first. Source: decision 29, rule 26."""
    return local.replace(tzinfo=ZONE).astimezone(UTC)


def out_of_the_night(local: datetime, night: Night) -> datetime:
    """From two to six in the night nothing goes out. Source: decision 29, rule 25.

    The hour that the start of summer leaves out lies in it.
    """
    if not night.start <= minute_of(local) < night.end:
        return local
    return wall_time(local.date(), night.moves_to)


def later(local: datetime, hours: int) -> datetime:
    """Hours later on the clock: 24 of them are the same time of the next day, also when the clock is changed."""
    return local + timedelta(hours=hours)
