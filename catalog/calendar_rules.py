"""Dates as rules (`3rd monday of january`, `easter`, `12-25`) and the date of a rule in a year."""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable
from datetime import date, timedelta

from transfer_schedule import MONTHS, WEEKDAYS

FORM = "rule such as 12-25, 3rd monday of january, last monday of may, easter or 4th thursday of november + 1 day"
LONGEST_OFFSET = 60

_ORDINALS = {"1st": 1, "2nd": 2, "3rd": 3, "4th": 4, "last": -1}
_FIXED = re.compile(r"(\d\d)-(\d\d)")
_WEEKDAY = re.compile(rf"({'|'.join(_ORDINALS)}) ({'|'.join(WEEKDAYS)}) of ({'|'.join(MONTHS)})")
_OFFSET = re.compile(r"(.+?) ([+-]) (\d+) days?")


def parse_rule(text: str) -> Callable[[int], date]:
    """The function from a year to the rule's date in it. Raises ValueError for what is no rule."""
    if match := _OFFSET.fullmatch(text):
        if _OFFSET.fullmatch(match[1]) or int(match[3]) > LONGEST_OFFSET:
            raise ValueError(f"one offset of at most {LONGEST_OFFSET} days")
        base = parse_rule(match[1])
        offset = timedelta(days=int(match[2] + match[3]))
        return lambda year: base(year) + offset
    if text == "easter":
        return easter
    if match := _FIXED.fullmatch(text):
        month, day = int(match[1]), int(match[2])
        if (month, day) == (2, 29):
            raise ValueError("02-29 is not in every year")
        date(2025, month, day)
        return lambda year: date(year, month, day)
    if match := _WEEKDAY.fullmatch(text):
        ordinal, weekday = _ORDINALS[match[1]], WEEKDAYS.index(match[2])
        month = MONTHS.index(match[3]) + 1
        return lambda year: nth_weekday(year, month, weekday, ordinal)
    raise ValueError(text)


def nth_weekday(year: int, month: int, weekday: int, ordinal: int) -> date:
    """The first to fourth (`ordinal` 1 to 4) or last (-1) such weekday (0 is Monday) of a month."""
    weeks = calendar.monthcalendar(year, month)
    days = [week[weekday] for week in weeks if week[weekday]]
    return date(year, month, days[ordinal if ordinal < 0 else ordinal - 1])


def easter(year: int) -> date:
    """Western Easter Sunday, by the algorithm of Meeus, Jones and Butcher."""
    century, of_century = divmod(year, 100)
    golden = year % 19
    leap_centuries, century_rest = divmod(century, 4)
    moon_shift = (century - (century + 8) // 25 + 1) // 3
    epact = (19 * golden + century - leap_centuries - moon_shift + 15) % 30
    leap_years, year_rest = divmod(of_century, 4)
    to_sunday = (32 + 2 * century_rest + 2 * leap_years - epact - year_rest) % 7
    correction = (golden + 11 * epact + 22 * to_sunday) // 451
    month, day = divmod(epact + to_sunday - 7 * correction + 114, 31)
    return date(year, month, day + 1)
