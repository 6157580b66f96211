"""The schedule strings of BigQuery's Data Transfer Service: `parse`, canonical text and next run.

Owns the grammar and the calendar arithmetic, in UTC like the service, and nothing else: no file is read and
no clock is asked. Whether a schedule suits its user and what is due are for others to judge.

    every N minutes|hours [from HH:MM to HH:MM | synchronized]
    every hour on WEEKDAYS
    every day|WEEKDAYS [of MONTHS] HH:MM
    ORDINALS day|WEEKDAYS [of MONTHS] HH:MM
    DAYS-OF-MONTH of MONTHS HH:MM

ORDINALS are 1st..5th or first..fifth, WEEKDAYS and MONTHS English names or their first three letters, MONTHS
also `month` (each) and `quarter` (January, April, July, October); lists are joined by commas.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import TypeAlias

from plain_command.errors import UserError

MINIMUM_INTERVAL = timedelta(minutes=5)
DAY = timedelta(days=1)

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MONTHS = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip
ORDINALS = ("1st", "2nd", "3rd", "4th", "5th")

EVERY_WEEKDAY = frozenset(range(7))
EVERY_MONTH = frozenset(range(1, 13))
QUARTER_MONTHS = frozenset({1, 4, 7, 10})
LONGEST_MONTHS = dict.fromkeys(EVERY_MONTH, 31) | {2: 29, 4: 30, 6: 30, 9: 30, 11: 30}

# The Gregorian calendar repeats weekdays and leap days within 40 years, also across 2100.
HORIZON_DAYS = 40 * 366

NUMBER = re.compile(r"[0-9]+")
DIGITS = 9
"""How many of a number are read: more say nothing but that it is too large."""

FORMS = (
    'write for example "every 6 hours", "every 15 minutes from 00:07 to 23:52", "every day 09:20", '
    '"every monday,friday 09:20" or "1st,3rd monday of month 15:30" (times are UTC)'
)


class ScheduleSyntaxError(UserError):
    """The text is no schedule that the Data Transfer Service takes."""


@dataclass(frozen=True, slots=True)
class IntervalSchedule:
    """Runs each `every`, all day long or between two times of day.

    `every` is a whole number of minutes, `unit` the word it is written with. A `window` restarts the count
    at its first time each day (`synchronized`: at midnight); without one the count starts at `start`. Runs that
    fall on other days than `weekdays` (0 is Monday) are left out.
    """

    every: timedelta
    unit: str
    window: tuple[time, time] | None = None
    synchronized: bool = False
    weekdays: frozenset[int] = EVERY_WEEKDAY

    def canonical(self) -> str:
        """The one spelling of this schedule, lower-case, as the API keeps it."""
        if self.weekdays != EVERY_WEEKDAY:
            return "every hour on " + ",".join(WEEKDAYS[day] for day in sorted(self.weekdays))
        minutes = int(self.every.total_seconds()) // 60
        text = f"every {minutes // 60 if self.unit == 'hours' else minutes} {self.unit}"
        if self.synchronized:
            return f"{text} synchronized"
        if self.window:
            return f"{text} from {self.window[0]:%H:%M} to {self.window[1]:%H:%M}"
        return text

    def next_after(self, instant: datetime, start: datetime | None = None) -> datetime:
        """The first run later than `instant` and not before `start`; both aware, the answer in UTC.

        Without window and `start` the count starts at `instant`: pass the last run to get the next one.
        """
        instant = _utc(instant)
        if self.window is None and not self.synchronized:
            return self._counted_from(_utc(start) if start else instant, instant)
        return _first_run(self._runs_of, instant, start)

    def _counted_from(self, anchor: datetime, instant: datetime) -> datetime:
        run = anchor if instant < anchor else anchor + ((instant - anchor) // self.every + 1) * self.every
        while run.weekday() not in self.weekdays:
            run += self.every
        return run

    def _runs_of(self, day: date) -> Iterable[datetime]:
        first, last = self.window or (time(0, 0), time(23, 59))
        run = datetime.combine(day, first, tzinfo=UTC)
        end = datetime.combine(day, last, tzinfo=UTC)
        if end < run:
            end += DAY
        while run <= end:
            yield run
            run += self.every


@dataclass(frozen=True, slots=True)
class CalendarSchedule:
    """Runs once a day at `at` on the days that fit.

    A day fits when its month is in `months` and either its number is in `month_days` or its weekday is in
    `weekdays` (0 is Monday) and it is one of the `ordinals` (1 to 5) of that weekday in the month; empty
    `ordinals` mean each.
    """

    at: time
    weekdays: frozenset[int] = EVERY_WEEKDAY
    ordinals: frozenset[int] = frozenset()
    months: frozenset[int] = EVERY_MONTH
    month_days: frozenset[int] = frozenset()

    def canonical(self) -> str:
        """The one spelling of this schedule, lower-case, as the API keeps it."""
        days = "day" if self.weekdays == EVERY_WEEKDAY else ",".join(WEEKDAYS[d] for d in sorted(self.weekdays))
        if self.month_days:
            text = ",".join(str(day) for day in sorted(self.month_days))
        elif self.ordinals:
            text = ",".join(ORDINALS[n - 1] for n in sorted(self.ordinals)) + f" {days}"
        else:
            text = f"every {days}"
        return f"{text}{self._months_text()} {self.at:%H:%M}"

    def next_after(self, instant: datetime, start: datetime | None = None) -> datetime:
        """The first run later than `instant` and not before `start`; both aware, the answer in UTC."""
        return _first_run(self._runs_of, _utc(instant), start)

    def _months_text(self) -> str:
        if self.months == EVERY_MONTH:
            return " of month" if self.month_days or self.ordinals else ""
        if self.months == QUARTER_MONTHS:
            return " of quarter"
        return " of " + ",".join(MONTHS[month - 1] for month in sorted(self.months))

    def _runs_of(self, day: date) -> Iterable[datetime]:
        if self._fits(day):
            yield datetime.combine(day, self.at, tzinfo=UTC)

    def _fits(self, day: date) -> bool:
        if day.month not in self.months:
            return False
        if self.month_days:
            return day.day in self.month_days
        ordinal = (day.day - 1) // 7 + 1
        return day.weekday() in self.weekdays and (not self.ordinals or ordinal in self.ordinals)


ScheduleSpec: TypeAlias = IntervalSchedule | CalendarSchedule


@lru_cache(maxsize=1024)
def parse(text: str) -> ScheduleSpec:
    """The schedule that `text` states, in any spelling the service takes; each text is read once in a process.

    Raises ScheduleSyntaxError with the reason and a working example.
    """
    words = re.sub(r"\s*,\s*", ",", text.strip().lower()).split()
    try:
        if words[:3] == ["every", "hour", "on"] and len(words) == 4:
            return IntervalSchedule(timedelta(hours=1), "hours", weekdays=_weekdays(words[3]))
        if len(words) >= 3 and words[0] == "every" and NUMBER.fullmatch(words[1]) and words[2] != "of":
            return _interval(words)
        return _calendar(words)
    except _RefusedError as refusal:
        raise ScheduleSyntaxError(f'schedule "{text}": {refusal}', fix=FORMS) from None


class _RefusedError(Exception):
    """Why a text is no schedule; `parse` adds the text itself."""


def _interval(words: list[str]) -> IntervalSchedule:
    unit = {"mins": "minutes", "minute": "minutes", "hour": "hours"}.get(words[2], words[2])
    if unit not in ("minutes", "hours"):
        raise _RefusedError(f"{words[2]!r} is neither minutes nor hours")
    every = timedelta(**{unit: min(int(words[1][:DIGITS]), 10_000)})
    if not MINIMUM_INTERVAL <= every <= DAY:
        raise _RefusedError("an interval is at least 5 minutes and at most 24 hours")
    match words[3:]:
        case []:
            return IntervalSchedule(every, unit)
        case ["synchronized"]:
            if DAY % every:
                raise _RefusedError("a synchronized interval must divide 24 hours without rest")
            return IntervalSchedule(every, unit, synchronized=True)
        case ["from", first, "to", last]:
            return IntervalSchedule(every, unit, window=(_time_of_day(first), _time_of_day(last)))
        case rest:
            raise _RefusedError(f"unexpected {' '.join(rest)!r}")


def _calendar(words: list[str]) -> CalendarSchedule:
    if len(words) < 3:
        raise _RefusedError("days and a time of day are needed")
    *days, last = words
    at = _time_of_day(last)
    months, stated = EVERY_MONTH, False
    if len(days) >= 3 and days[-2] == "of":
        months, stated = _months(days[-1]), True
        days = days[:-2]
    match days:
        case [numbers] if stated and all(map(NUMBER.fullmatch, numbers.split(","))):
            return CalendarSchedule(at, months=months, month_days=_month_days(numbers, months))
        case ["every", names]:
            return CalendarSchedule(at, weekdays=_weekdays(names), months=months)
        case [ordinals, names]:
            return CalendarSchedule(at, _weekdays(names), _ordinals(ordinals), months)
        case _:
            raise _RefusedError(f"unexpected {' '.join(days)!r}")


def _time_of_day(text: str) -> time:
    match = re.fullmatch(r"([0-9]{1,2}):([0-9]{2})", text)
    if not match or int(match[1]) > 23 or int(match[2]) > 59:
        raise _RefusedError(f"{text!r} is no time of day (HH:MM, 00:00 to 23:59)")
    return time(int(match[1]), int(match[2]))


def _weekdays(text: str) -> frozenset[int]:
    if text == "day":
        return EVERY_WEEKDAY
    return _numbers(text, _spellings(WEEKDAYS, first=0), "weekday")


def _months(text: str) -> frozenset[int]:
    groups = {"month": EVERY_MONTH, "quarter": QUARTER_MONTHS}
    return groups.get(text) or _numbers(text, _spellings(MONTHS, first=1), "month")


def _ordinals(text: str) -> frozenset[int]:
    words = ("first", "second", "third", "fourth", "fifth")
    known = {name: n for n, name in enumerate(words, 1)} | {name: n for n, name in enumerate(ORDINALS, 1)}
    return _numbers(text, known, "ordinal (1st to 5th)")


def _month_days(text: str, months: frozenset[int]) -> frozenset[int]:
    days = frozenset(int(part[:DIGITS]) for part in text.split(","))
    if not days or any(not 1 <= day <= 31 for day in days):
        raise _RefusedError(f"{text!r} are no days of a month (1 to 31)")
    if all(min(days) > LONGEST_MONTHS[month] for month in months):
        raise _RefusedError("no such day exists in these months")
    return days


def _spellings(names: tuple[str, ...], *, first: int) -> Mapping[str, int]:
    full = {name: number for number, name in enumerate(names, first)}
    return full | {name[:3]: number for name, number in full.items()}


def _numbers(text: str, known: Mapping[str, int], what: str) -> frozenset[int]:
    parts = text.split(",")
    for part in parts:
        if part not in known:
            raise _RefusedError(f"{part!r} is no {what}")
    return frozenset(known[part] for part in parts)


def _first_run(runs_of: Callable[[date], Iterable[datetime]], instant: datetime, start: datetime | None) -> datetime:
    earliest = max(instant, _utc(start)) if start else instant
    # A window that crosses midnight belongs to the day on which it opens, hence one day back.
    first_day = earliest.date() - DAY
    for offset in range(HORIZON_DAYS):
        for run in runs_of(first_day + timedelta(days=offset)):
            if run > instant and run >= earliest:
                return run
    raise ScheduleSyntaxError("the schedule never runs", fix=FORMS)


def _utc(instant: datetime) -> datetime:
    if instant.tzinfo is None:
        raise ValueError(f"an instant needs a time zone: {instant}")
    return instant.astimezone(UTC)
