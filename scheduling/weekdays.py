"""How a week's messages are spread over its days: weights, days without messages that sell, growth, room."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from scheduling.model import SpecialDay
from scheduling.profile_values import Profile, SendingHours, ZoneRule
from scheduling.quantities import largest_remainder

DAYS = 7


@dataclass(frozen=True, slots=True)
class Spread:
    """Messages a day, how many stand on another day than their weight says, and how many found no day."""

    counts: tuple[int, ...]
    moved: int
    dropped: int


def day_weights(monday: date, holidays: Sequence[SpecialDay], profile: Profile) -> list[Fraction]:
    """A weight a day. Source: decision 29, rule 13."""
    factors = holiday_factors(monday, holidays)
    return [weight * factor for weight, factor in zip(profile.days, factors, strict=True)]


def holiday_factors(monday: date, holidays: Sequence[SpecialDay]) -> list[Fraction]:
    """The share of a normal day's response on each day: a weaker day gets fewer of the week's messages.

    Prices stay. Source: decision 29, rule 15.
    """
    factors = {one.day: Fraction(str(one.factor)) for one in holidays}
    return [factors.get(monday + timedelta(days=day), Fraction(1)) for day in range(DAYS)]


def weights_after_cooling(weights: Sequence[Fraction], zone: ZoneRule) -> list[Fraction]:
    """No message that sells on the first days, then more every day, in parts of the first day that has any.

    Source: decision 29, rule 14.
    """
    first = zone.days_without_ppv
    return [
        weight * (1 + zone.growth_a_day * (day - first)) if day >= first else Fraction(0)
        for day, weight in enumerate(weights)
    ]


def most_ppv_a_day(hours: SendingHours, gap_minutes: int, most_a_day: int) -> int:
    """What fits between the hours with the gap, within the day's maximum. Source: decision 29, rule 16."""
    return min((hours.end - hours.start) // gap_minutes + 1, most_a_day)


def spread(total: int, weights: Sequence[Fraction], room: Sequence[int]) -> Spread:
    """By weight and largest remainder; what has no room goes to the day that is furthest below its share.

    Source: decision 29, rule 17.
    """
    counts = [min(count, free) for count, free in zip(largest_remainder(total, weights), room, strict=True)]
    moved, over = 0, total - sum(counts)
    whole = sum(weights)
    while over:
        open_days = [day for day in range(DAYS) if weights[day] and counts[day] < room[day]]
        if not open_days:
            break
        counts[max(open_days, key=lambda day: total * weights[day] / whole - counts[day])] += 1
        moved, over = moved + 1, over - 1
    return Spread(tuple(counts), moved, over)
