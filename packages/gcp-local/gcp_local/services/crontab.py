"""Crontab schedules as Cloud Scheduler reads them: five fields, in a time zone. Its English form is not read here.

cloud.google.com/scheduler/docs/configuring/cron-job-schedules: a day fits by its date or by its day of the week when
both are stated; wall times that a change of the clocks skips are passed over.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]
DAYS = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]
RANGES = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))
PART = re.compile(r"(?P<all>\*)|(?P<first>\d+)(-(?P<last>\d+))?")
FARTHEST_DAYS = 4 * 366


@dataclass(frozen=True)
class Crontab:
    """What fits (the week begins with Sunday, 0), and whether both kinds of day are stated."""

    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    either_day: bool

    def after(self, instant: datetime, zone: ZoneInfo) -> datetime | None:
        """The next time, in UTC; None when no day of the next years fits."""
        local = instant.astimezone(zone)
        for ahead in range(FARTHEST_DAYS):
            day = local.date() + timedelta(days=ahead)
            if day.month not in self.months or not self._fits(day.day, day.isoweekday() % 7):
                continue
            for hour in sorted(self.hours):
                for minute in sorted(self.minutes):
                    found = datetime(day.year, day.month, day.day, hour, minute, tzinfo=zone).astimezone(UTC)
                    if found > instant and found.astimezone(zone).hour == hour:
                        return found
        return None

    def _fits(self, day: int, weekday: int) -> bool:
        if self.either_day:
            return day in self.days or weekday in self.weekdays
        return day in self.days and weekday in self.weekdays


def read(text: str) -> Crontab | None:
    """The schedule; None for what is none."""
    words = text.upper().split()
    if len(words) != len(RANGES):
        return None
    months, weekdays = {name: i for i, name in enumerate(MONTHS, 1)}, {name: i for i, name in enumerate(DAYS)}
    names: Sequence[Mapping[str, int]] = ({}, {}, {}, months, weekdays)
    fields = [_field(word, *RANGES[i], names[i]) for i, word in enumerate(words)]
    if not all(fields):
        return None
    minutes, hours, days_of_month, months_of_year, days_of_week = fields
    either = not words[2].startswith("*") and not words[4].startswith("*")
    return Crontab(minutes, hours, days_of_month, months_of_year, frozenset(day % 7 for day in days_of_week), either)


def _field(text: str, lowest: int, highest: int, names: Mapping[str, int]) -> frozenset[int]:
    """The numbers that fit; none for a field that is wrong."""
    found = set[int]()
    for part in text.split(","):
        span, slash, step = part.partition("/")
        span = re.sub(r"[A-Z]+", lambda word: str(names.get(word[0], word[0])), span)
        match = PART.fullmatch(span)
        if match is None or (slash and not re.fullmatch(r"[1-9]\d{0,3}", step)):
            return frozenset()
        first = lowest if match["all"] else int(match["first"])
        last = highest if match["all"] or (slash and not match["last"]) else int(match["last"] or first)
        if not lowest <= first <= last <= highest:
            return frozenset()
        found |= set(range(first, last + 1, int(step or 1)))
    return frozenset(found)
