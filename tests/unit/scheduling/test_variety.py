"""Turns of tiers, categories and triggers, and which caption goes where."""

from __future__ import annotations

from itertools import permutations

from hypothesis import given, settings
from hypothesis import strategies as st

from scheduling.model import SelectedCaption
from scheduling.variety import (
    Traits,
    arranged,
    breaks,
    breaks_category,
    breaks_trigger,
    pool_of,
    tier_breaks,
    tiers_in_turn,
    traits_of,
)

CAPTIONS = st.lists(
    st.builds(
        SelectedCaption,
        st.integers(1, 99),
        st.sampled_from(("low", "mid", "bump")),
        st.sampled_from("abc"),
        st.sampled_from(("General", "Urgency", "Curiosity")),
        st.sampled_from((0.1, 0.5, 0.9)),
    ),
    min_size=1,
    max_size=14,
)


def row(*traits: tuple[str, str]) -> list[Traits]:
    return [Traits("mid", *one) for one in traits]


def test_a_category_is_broken_by_its_neighbour_and_a_trigger_within_three() -> None:
    found = row(("a", "x"), ("b", ""), ("b", ""), ("c", "x"), ("d", "y"), ("e", ""), ("f", ""), ("g", ""), ("h", "y"))
    assert [place for place in range(9) if breaks_category(found, place)] == [2]
    assert [place for place in range(9) if breaks_trigger(found, place)] == [3], "y stands again after three others"
    assert breaks(found, range(9)) == (1, 1)


def test_captions_without_a_category_or_trigger_break_nothing() -> None:
    found = [traits_of(SelectedCaption(number, "mid", " ", "General ")) for number in range(4)]
    assert breaks(found, range(4)) == (0, 0)
    urgent = [
        traits_of(SelectedCaption(1, "MID", kind, trigger))
        for kind, trigger in (("Solo", "URGENCY"), ("solo", "urgency"))
    ]
    assert breaks(urgent, range(2)) == (1, 1), "in whatever case"


@given(st.fixed_dictionaries(dict.fromkeys(("budget", "mid", "premium"), st.integers(0, 4))))
def test_tiers_stand_three_times_in_a_row_only_when_no_order_avoids_it(counts: dict[str, int]) -> None:
    order = tiers_in_turn(counts)
    assert sorted(order) == sorted(name for name, count in counts.items() for _ in range(count))
    most = max(counts.values())
    assert bool(tier_breaks(order)) == (most > 2 * (sum(counts.values()) - most + 1))


def test_places_of_a_third_tier_in_a_row_are_named() -> None:
    assert tier_breaks(["a", "a", "b", "a", "a", "a", "a"]) == [5, 6]


@given(CAPTIONS)
def test_a_pool_holds_each_caption_once_the_best_first(captions: list[SelectedCaption]) -> None:
    pool = pool_of(captions)
    for bucket, tier in (("budget", "low"), ("mid", "mid"), ("bump", "bump")):
        found = pool.get(bucket, [])
        assert [(-one.final_score, one.caption_id) for one in found] == sorted(
            (-one.final_score, one.caption_id) for one in found
        )
        assert all(one.price_tier == tier for one in found)
    ids = [one.caption_id for found in pool.values() for one in found]
    assert sorted(ids) == sorted({one.caption_id for one in captions})


def cost(captions: list[SelectedCaption]) -> tuple[int, int]:
    return breaks([traits_of(one) for one in captions], range(len(captions)))


@settings(deadline=None)
@given(CAPTIONS, st.integers(1, 8), st.randoms(use_true_random=False))
def test_no_exchange_with_any_selected_caption_mends_what_is_broken(
    captions: list[SelectedCaption], size: int, rng: object
) -> None:
    pool = pool_of(captions)
    buckets = [bucket for bucket, found in pool.items() for _ in found][:size]
    rng.shuffle(buckets)  # type: ignore[attr-defined]
    found = arranged(buckets, pool)
    assert [traits_of(one).bucket for one in found] == buckets
    assert len({one.caption_id for one in found}) == len(found)
    spare = [one for there in pool.values() for one in there if one not in found]
    for place, bucket in enumerate(buckets):
        if cost(found[: place + 1]) == cost(found[:place]):
            continue  # nothing is broken there
        for other in range(len(found)):
            if buckets[other] == bucket:
                tried = list(found)
                tried[place], tried[other] = tried[other], tried[place]
                assert cost(tried) >= cost(found)
        for one in spare:
            if traits_of(one).bucket == bucket:
                assert cost([*found[:place], one, *found[place + 1 :]]) >= cost(found)


def test_a_lower_score_goes_first_only_to_keep_the_turns() -> None:
    captions = [
        SelectedCaption(1, "mid", "a", "", 0.9),
        SelectedCaption(2, "mid", "a", "", 0.8),
        SelectedCaption(3, "mid", "b", "", 0.1),
        SelectedCaption(4, "mid", "b", "", 0.05),
    ]
    found = [one.caption_id for one in arranged(["mid"] * 3, pool_of(captions))]
    assert found == [1, 3, 2]


def test_an_order_without_breaks_is_found_where_the_best_first_would_break() -> None:
    captions = [SelectedCaption(number, "mid", kind, "", 1 - number / 10) for number, kind in enumerate("abaccab")]
    found = arranged(["mid"] * 7, pool_of(captions))
    assert cost(found) == (0, 0)
    small = captions[:5]
    best = min(cost(list(order)) for order in permutations(small))
    assert cost(arranged(["mid"] * 5, pool_of(small))) == best == (0, 0)
