"""The minutes of a day at which messages stand: those that sell at the page's hours, free ones at their places."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from scheduling.model import AnalysedHour
from scheduling.profile_values import BumpPlaces, SendingHours


@dataclass(frozen=True, slots=True)
class RankedHour:
    """An hour of the day: 1 is the best."""

    hour: int
    rank: int
    why: str


@dataclass(frozen=True, slots=True)
class Slot:
    """A minute of the day, and why it is this one."""

    minute: int
    why: str
    rank: int | None = None
    at_its_place: bool = True  # False: the rule that named the place gave way


def hours_of_day_type(analysed: Sequence[AnalysedHour], weekend: bool, hours: SendingHours) -> list[RankedHour]:
    """The best analysed hours of the day type in their ranking, then the usual ones.

    The day type is read in whatever case. Source: decision 29, rule 9.
    """
    day_type, usual = ("weekend", hours.weekend) if weekend else ("weekday", hours.weekday)
    known: dict[int, str] = {}
    for one in analysed:
        inside = hours.start <= one.hour * 60 <= hours.end
        if one.day_type.strip().lower() == day_type and inside and len(known) < hours.best:
            rpr = "" if one.avg_rpr is None else f", {one.avg_rpr:g} a fan"
            known.setdefault(one.hour, f"analysed {day_type} hour{rpr}")
    for hour in usual:
        known.setdefault(hour, f"usual {day_type} hour")
    return [RankedHour(hour, rank, why) for rank, (hour, why) in enumerate(known.items(), 1)]


def ppv_slots(
    count: int, ranked: Sequence[RankedHour], gap: int, hours: SendingHours, rng: random.Random
) -> list[Slot]:
    """As many slots with the gap between them: of the best hours, of any hour, or evenly over the day if hours are few.

    In the order of time; `count` has to fit. Source: decision 29, rule 10.
    """
    if chosen := best_hours_apart(count, ranked, gap):
        return drawn_minutes([(one, True) for one in chosen], gap, hours, rng)
    taken = {one.hour for one in ranked}
    others = [hour for hour in range(24) if hours.start <= hour * 60 <= hours.end and hour not in taken]
    more = [
        RankedHour(hour, rank, "no better hour is far enough from the others")
        for rank, hour in enumerate(others, len(ranked) + 1)
    ]
    if chosen := best_hours_apart(count, [*ranked, *more], gap):
        return drawn_minutes([(one, one.hour in taken) for one in chosen], gap, hours, rng)
    step = (hours.end - hours.start) // max(1, count - 1)
    why = f"{count} in a day fit only evenly over it"
    return [Slot(hours.start + number * step, why, at_its_place=False) for number in range(count)]


def best_hours_apart(count: int, ranked: Sequence[RankedHour], gap: int) -> list[RankedHour]:
    """The best `count` hours that are the gap apart: no other choice has a better best hour, then a better second ...

    Empty when there are none.
    """

    def chosen_after(chosen: list[RankedHour], start: int) -> list[RankedHour]:
        if len(chosen) == count:
            return chosen
        for place in range(start, len(ranked) - (count - len(chosen)) + 1):
            one = ranked[place]
            if all(abs(one.hour - other.hour) * 60 >= gap for other in chosen) and (
                found := chosen_after([*chosen, one], place + 1)
            ):
                return found
        return []

    return chosen_after([], 0)


def drawn_minutes(
    chosen: Iterable[tuple[RankedHour, bool]], gap: int, hours: SendingHours, rng: random.Random
) -> list[Slot]:
    """A minute around each hour, inside the day and with the gap kept. Source: decision 29, rule 11."""
    in_time = sorted(chosen, key=lambda one: one[0].hour)
    latest: list[int] = []
    for one, _ in reversed(in_time):
        most = min(one.hour * 60 + hours.jitter_minutes, hours.end)
        latest.append(min(most, latest[-1] - gap) if latest else most)
    slots: list[Slot] = []
    for (one, is_good), most in zip(in_time, reversed(latest), strict=True):
        least = max(one.hour * 60 - hours.jitter_minutes, hours.start)
        least = max(least, slots[-1].minute + gap) if slots else least
        why = f"hour {one.hour}: rank {one.rank}, {one.why}"
        slots.append(Slot(rng.randint(least, most), why, one.rank, is_good))
    return slots


def bump_slots(
    count: int, taken: Sequence[int], cooling: bool, places: BumpPlaces, hours: SendingHours
) -> tuple[list[Slot], int]:
    """Slots of free messages beside those that are taken, and how many found none.

    Source: decision 29, rule 12.
    """
    named = places.without_ppv if cooling else (places.first, places.last)
    slots: list[Slot] = []
    for number in range(count):
        used = sorted([*taken, *(slot.minute for slot in slots)])
        place, why = named_place(number, named, cooling) if number < len(named) else middle_of_gap(used, hours)
        found = nearest_free(place, used, places.apart_minutes, hours)
        if found is None:
            break
        if found != place:
            why += f"; {place // 60:02d}:{place % 60:02d} is too near another message"
        slots.append(Slot(found, why, at_its_place=found == place))
    return slots, count - len(slots)


def named_place(number: int, named: Sequence[int], cooling: bool) -> tuple[int, str]:
    """The place of the first free messages of a day."""
    if cooling:
        return named[number], "place of a day without messages that sell"
    return named[number], ("first free message of the day", "last free message of the day")[number]


def middle_of_gap(used: Sequence[int], hours: SendingHours) -> tuple[int, str]:
    """The middle of the longest time between two messages (of the day, where there are no two), the first of equals."""
    points = used if len(used) > 1 else sorted({hours.start, *used, hours.end})
    before, after = max(pairwise(points), key=lambda pair: pair[1] - pair[0])
    return (before + after) // 2, "middle of the longest time between two messages"


def nearest_free(place: int, used: Sequence[int], apart: int, hours: SendingHours) -> int | None:
    """The minute nearest to a place, of two the earlier, that is far enough from every message; None: there is none."""
    edges = (place, *(one + side for one in used for side in (-apart, apart)))  # of what is not free, and the place
    free = (
        one for one in edges if hours.start <= one <= hours.end and all(abs(one - other) >= apart for other in used)
    )
    return min(free, key=lambda minute: (abs(minute - place), minute), default=None)
