"""How many messages: the table of targets, splits and shares computed by hand."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduling.errors import SchedulingError
from scheduling.model import PageReport, SelectedCaption, WeekVolume
from scheduling.quantities import (
    bucket_of,
    captions_to_ask,
    fitted_split,
    largest_remainder,
    scaled,
    split_by_segment,
    week_volume,
)
from tests.unit.scheduling.pages import profile

COUNTS = st.integers(0, 200)
WEIGHTS = st.lists(st.integers(0, 200), min_size=1, max_size=9)


@pytest.mark.parametrize(
    ("tier", "green", "yellow", "red"),
    [
        ("MICRO", (6, 4), (4, 4), (3, 8)),
        ("SMALL", (8, 6), (6, 7), (4, 12)),
        ("MEDIUM", (12, 8), (9, 9), (6, 16)),
        ("LARGE", (16, 12), (12, 14), (8, 24)),
        ("MEGA", (21, 16), (15, 19), (10, 32)),
    ],
)
def test_targets_are_those_of_the_table(
    tier: str, green: tuple[int, int], yellow: tuple[int, int], red: tuple[int, int]
) -> None:
    found = [week_volume(PageReport("p", tier, "", risk), profile()) for risk in ("LOW", "MEDIUM", "HIGH")]
    assert [(one.ppv, one.bump) for one in found] == [green, yellow, red]
    assert [one.zone for one in found] == ["GREEN", "YELLOW", "RED"]
    gap = {"MICRO": 180, "SMALL": 150, "MEDIUM": 120, "LARGE": 90, "MEGA": 75}[tier]
    assert [one.gap_minutes for one in found] == [gap, gap + 30, gap + 60]


def test_a_profile_that_counts_days_sends_the_base_of_a_day_seven_times() -> None:
    found = week_volume(PageReport("p", "LARGE", "", "MEDIUM"), profile("daily"))
    # 10 a day, 70 a week, by .75; 10 a day by 1.2
    assert (found.ppv, found.bump, found.gap_minutes) == (52, 84, 105)


def test_what_a_report_does_not_say_is_medium_low_and_standard_and_case_says_nothing() -> None:
    unknown, known = (
        week_volume(PageReport("p", *facts), profile())
        for facts in ((" XXL", "NEW", "?"), ("medium", " Standard", "low"))
    )
    assert unknown == known
    assert (unknown.tier, unknown.zone) == ("MEDIUM", "GREEN")


@pytest.mark.parametrize(
    ("segment", "ppv", "split"),
    [
        ("BUDGET", 6, (4, 2, 0)),  # 3.6 1.8 .6
        ("EXPLORATORY", 21, (13, 6, 2)),  # 12.6 6.3 2.1
        ("STANDARD", 12, (4, 5, 3)),  # 3.6 5.4 3.0
        ("PREMIUM", 10, (2, 3, 5)),  # 1.5 3.5 5.0: equal remainders, the first
        ("LUXURY", 16, (2, 6, 8)),  # 2.4 5.6 8.0
        ("?", 12, (4, 5, 3)),
    ],
)
def test_the_split_is_the_segments_by_largest_remainder(segment: str, ppv: int, split: tuple[int, ...]) -> None:
    assert tuple(split_by_segment(ppv, segment, profile()).values()) == split


@given(COUNTS, WEIGHTS)
def test_shares_make_the_total_and_none_is_a_whole_message_off(total: int, weights: list[int]) -> None:
    counts = largest_remainder(total, [Fraction(one, 20) for one in weights])
    whole = sum(weights)
    assert sum(counts) == (total if whole else 0)
    for count, weight in zip(counts, weights, strict=True):
        assert abs(count * whole - total * weight) < max(whole, 1)
    assert counts


@given(st.integers(1, 500), st.fractions(Fraction(1, 100), 3))
def test_no_volume_is_zero_by_rounding(base: int, factor: Fraction) -> None:
    assert scaled(base, factor) == max(1, base * factor.numerator // factor.denominator)
    assert scaled(base, Fraction(0)) == 0


@given(COUNTS, COUNTS, COUNTS, COUNTS, st.integers(0, 300))
def test_captions_are_asked_for_up_to_the_target_and_never_fewer_than_are_sent(
    budget: int, mid: int, premium: int, bump: int, target: int
) -> None:
    needed = {"budget": budget, "mid": mid, "premium": premium, "bump": bump}
    split = {name: needed[name] for name in ("budget", "mid", "premium")}
    asked = captions_to_ask(WeekVolume("T", "Z", sum(split.values()), bump, 60, 9, split), target)
    assert asked.keys() == needed.keys()
    assert all(asked[name] >= needed[name] for name in needed)
    if any(needed.values()):
        assert target <= sum(asked.values()) or sum(needed.values()) == sum(asked.values())
        assert sum(asked.values()) <= max(target, sum(needed.values())) + 3


def test_captions_are_asked_for_in_the_weeks_proportions() -> None:
    volume = week_volume(PageReport("p", "MEDIUM", "STANDARD", "LOW"), profile())
    assert captions_to_ask(volume, 80) == {"budget": 16, "mid": 20, "premium": 12, "bump": 32}


@pytest.mark.parametrize(
    ("tiers", "bucket"),
    [
        (("bump", "Bump", " FREE "), "bump"),
        (("low", "Budget"), "budget"),
        (("mid", "standard"), "mid"),
        (("high", "premium", "luxury", "VIP"), "premium"),
    ],
)
def test_every_tier_of_the_bank_has_its_bucket_in_whatever_case(tiers: tuple[str, ...], bucket: str) -> None:
    assert {bucket_of(SelectedCaption(1, tier)) for tier in tiers} == {bucket}


def test_a_tier_that_nobody_knows_is_refused_with_the_caption() -> None:
    with pytest.raises(SchedulingError, match=r"caption -7: nobody knows the price tier 'gold'"):
        bucket_of(SelectedCaption(-7, "gold"))


@given(st.fixed_dictionaries(dict.fromkeys(("budget", "mid", "premium"), st.integers(0, 9))), st.data())
def test_what_a_tier_lacks_is_taken_of_others_as_far_as_there_are_any(
    wanted: dict[str, int], data: st.DataObject
) -> None:
    there = data.draw(st.fixed_dictionaries(dict.fromkeys(wanted, st.integers(0, 9))))
    counts, replaced, lacking = fitted_split(wanted, there)
    assert all(counts[name] <= there[name] for name in wanted)
    assert all(counts[name] >= min(wanted[name], there[name]) for name in wanted)
    assert sum(counts.values()) == min(sum(wanted.values()), sum(there.values()))
    assert lacking == sum(wanted.values()) - sum(counts.values())
    assert replaced == sum(max(0, counts[name] - wanted[name]) for name in wanted)
