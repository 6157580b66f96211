"""How messages are spread over days: weights, room and what finds none."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from scheduling.model import SpecialDay
from scheduling.weekdays import day_weights, most_ppv_a_day, spread, weights_after_cooling
from tests.unit.scheduling.pages import profile

MONDAY = date(2026, 11, 23)
WEIGHTS = st.lists(st.sampled_from([Fraction(0), *profile().days]), min_size=7, max_size=7).filter(any)


@given(st.integers(0, 60), WEIGHTS, st.lists(st.integers(0, 9), min_size=7, max_size=7))
def test_what_is_spread_is_kept_unless_days_have_no_room(total: int, weights: list[Fraction], room: list[int]) -> None:
    found = spread(total, weights, room)
    assert sum(found.counts) + found.dropped == total
    assert all(count <= free for count, free in zip(found.counts, room, strict=True))
    assert all(weight or not count for count, weight in zip(found.counts, weights, strict=True))
    if found.dropped:
        assert all(count == free for count, free, weight in zip(found.counts, room, weights, strict=True) if weight)


@given(st.integers(0, 60), WEIGHTS)
def test_with_room_no_day_is_a_whole_message_off_its_share(total: int, weights: list[Fraction]) -> None:
    found = spread(total, weights, [99] * 7)
    assert found.moved == found.dropped == 0
    for count, weight in zip(found.counts, weights, strict=True):
        assert abs(count - total * weight / sum(weights)) < 1


def test_what_has_no_room_goes_to_the_day_furthest_below_its_share() -> None:
    # 14 by 7.3: 1.73 1.92 1.92 2.11 2.30 2.11 1.92 is 2 2 2 2 2 2 2; Friday takes none
    found = spread(14, profile().days, [3, 3, 3, 3, 0, 3, 3])
    assert found.counts == (2, 2, 2, 3, 0, 3, 2)
    assert (found.moved, found.dropped) == (2, 0)


def test_weights_are_those_of_the_days_times_the_factors_of_holidays() -> None:
    holidays = [SpecialDay(date(2026, 11, 26), "T", 0.7), SpecialDay(date(2026, 11, 27), "B", 0.9)]
    holidays.append(SpecialDay(date(2026, 12, 1), "next week", 0.1))
    found = [float(one) for one in day_weights(MONDAY, holidays, profile())]
    assert found == [0.9, 1, 1, 0.77, 1.08, 1.1, 1]
    assert sum(day_weights(MONDAY, [], profile())) == Fraction("7.3")


def test_growth_starts_on_the_first_day_with_messages_that_sell() -> None:
    found = weights_after_cooling([Fraction(1)] * 7, profile().zones["RED"])
    assert [float(one) for one in found] == [0, 0, 1, 1.1, 1.2, 1.3, 1.4]
    assert weights_after_cooling(profile().days, profile().zones["GREEN"]) == list(profile().days)


def test_a_day_takes_what_fits_with_the_gap_within_its_maximum() -> None:
    # 14 hours: 840 minutes
    assert [most_ppv_a_day(profile().hours, gap, 30) for gap in (840, 180, 75, 841)] == [2, 5, 12, 1]
    assert most_ppv_a_day(profile().hours, 75, 8) == 8
