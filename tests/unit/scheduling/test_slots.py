"""Minutes of a day: ranked hours a gap apart, drawn minutes, places of free messages."""

from __future__ import annotations

import random
from itertools import combinations, pairwise

from hypothesis import given
from hypothesis import strategies as st

from scheduling.model import AnalysedHour
from scheduling.slots import (
    RankedHour,
    best_hours_apart,
    bump_slots,
    drawn_minutes,
    hours_of_day_type,
    nearest_free,
    ppv_slots,
)
from tests.unit.scheduling.pages import profile

HOURS, PLACES = profile().hours, profile().bumps
RANKED = st.lists(st.integers(8, 22), unique=True, min_size=1, max_size=9).map(
    lambda hours: [RankedHour(hour, rank, "") for rank, hour in enumerate(hours, 1)]
)
GAPS = st.sampled_from((60, 75, 120, 135, 150, 180, 240))


def test_analysed_hours_come_first_in_their_ranking_then_the_usual_ones() -> None:
    analysed = [
        AnalysedHour("WEEKEND", 20),
        AnalysedHour("weekday", 17, 0.5, "HIGH_CONF"),
        AnalysedHour("Weekday", 3),
        AnalysedHour("Weekday", 22),
        AnalysedHour("Weekday", 17),
        AnalysedHour("Weekday", 8),
    ]
    assert [one.hour for one in hours_of_day_type(analysed, False, HOURS)] == [17, 22, 8, 9, 13, 19, 20]
    assert [one.hour for one in hours_of_day_type(analysed, True, HOURS)] == [20, 11, 14, 18, 21]
    assert hours_of_day_type(analysed, False, HOURS)[0].why == "analysed weekday hour, 0.5 a fan"
    many = [AnalysedHour("Weekday", hour) for hour in range(10, 21)]
    found = [one.hour for one in hours_of_day_type(many, False, HOURS)]
    assert found == [10, 11, 12, 13, 14, 15, 16, 17, 9, 19, 20], "eight of the analysis"


@given(RANKED, st.integers(1, 6), GAPS)
def test_the_hours_are_the_best_of_all_that_are_far_enough_apart(
    ranked: list[RankedHour], count: int, gap: int
) -> None:
    fitting = [
        [one.rank for one in choice]
        for choice in combinations(ranked, count)
        if all(abs(one.hour - other.hour) * 60 >= gap for one, other in combinations(choice, 2))
    ]
    assert [one.rank for one in best_hours_apart(count, ranked, gap)] == min(fitting, default=[])


@given(RANKED, GAPS, st.integers(0, 99))
def test_drawn_minutes_keep_gap_day_and_hour_in_the_order_of_time(
    ranked: list[RankedHour], gap: int, seed: int
) -> None:
    for count in range(1, 7):
        chosen = best_hours_apart(count, ranked, gap)
        slots = drawn_minutes([(one, True) for one in chosen], gap, HOURS, random.Random(seed))
        assert len(slots) == len(chosen)
        assert all(after.minute - before.minute >= gap for before, after in pairwise(slots))
        assert all(480 <= one.minute <= 1320 for one in slots)
        assert sorted(one.rank or 0 for one in slots) == sorted(one.rank for one in chosen)
        hour_of = {one.rank: one.hour for one in chosen}
        assert all(abs(one.minute - hour_of[one.rank or 0] * 60) <= 7 for one in slots)


@given(RANKED, GAPS, st.integers(0, 99), st.data())
def test_whatever_fits_into_a_day_is_placed_with_its_gap(
    ranked: list[RankedHour], gap: int, seed: int, data: st.DataObject
) -> None:
    count = data.draw(st.integers(0, 840 // gap + 1))
    slots = ppv_slots(count, ranked, gap, HOURS, random.Random(seed))
    assert len(slots) == count
    assert all(after.minute - before.minute >= gap for before, after in pairwise(slots))
    assert all(480 <= one.minute <= 1320 for one in slots)
    if best_hours_apart(count, ranked, gap):
        assert all(one.at_its_place for one in slots)


def test_hours_beside_the_ranking_are_used_before_the_day_is_divided_evenly() -> None:
    ranked = [RankedHour(hour, rank, "") for rank, hour in enumerate((9, 13, 17, 19, 20), 1)]
    four = ppv_slots(4, ranked, 240, HOURS, random.Random(1))
    assert [round(one.minute / 60) for one in four] == [9, 13, 17, 21]
    assert [one.at_its_place for one in four] == [True, True, True, False]
    seven = ppv_slots(7, ranked, 135, HOURS, random.Random(1))
    assert [one.minute for one in seven] == [480, 620, 760, 900, 1040, 1180, 1320]
    assert not any(one.at_its_place for one in seven)


@given(
    st.lists(st.integers(480, 1320), max_size=6, unique=True),
    st.integers(0, 20),
    st.booleans(),
)
def test_free_messages_stand_apart_and_are_lost_only_when_no_minute_is_free(
    taken: list[int], count: int, cooling: bool
) -> None:
    slots, lost = bump_slots(count, taken, cooling, PLACES, HOURS)
    assert len(slots) + lost == count
    minutes = [one.minute for one in slots]
    assert all(480 <= one <= 1320 for one in minutes)
    assert all(abs(one - other) >= 20 for one, other in combinations(minutes, 2))
    assert all(abs(one - other) >= 20 for one in minutes for other in taken)
    if lost:
        used = [*taken, *minutes]
        assert not any(all(abs(one - other) >= 20 for other in used) for one in range(480, 1321))


def test_free_messages_have_their_places() -> None:
    selling = [9 * 60, 13 * 60]
    slots, lost = bump_slots(4, selling, False, PLACES, HOURS)
    assert lost == 0
    # 13:00 to 21:00 is the longest time, then 9:00 to 13:00, 13:00 to 17:00 and 17:00 to 21:00: the first
    assert [one.minute for one in slots] == [510, 1260, 17 * 60, 11 * 60]
    slots, _ = bump_slots(4, [], True, PLACES, HOURS)
    assert [one.minute for one in slots] == [540, 870, 1200, 705]
    slots, _ = bump_slots(1, [511], False, PLACES, HOURS)
    assert (slots[0].minute, slots[0].at_its_place) == (491, False)
    assert "08:30 is too near another message" in slots[0].why


@given(st.integers(480, 1320), st.lists(st.integers(480, 1320), max_size=8), st.integers(1, 200))
def test_the_nearest_free_minute_is_the_nearest_of_all(place: int, used: list[int], apart: int) -> None:
    free = [one for one in range(480, 1321) if all(abs(one - other) >= apart for other in used)]
    expected = min(free, key=lambda one: (abs(one - place), one), default=None)
    assert nearest_free(place, used, apart, HOURS) == expected
