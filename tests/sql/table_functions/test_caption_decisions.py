"""What a selection decides: scores, cooldown, locks, budgets, quotas; against the rules in plain Python."""

from __future__ import annotations

import random
from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.sql.analyses import Analyses
from tests.sql.captions import NOW, TODAY, Row, caption, days, restriction, statistics, usage
from tests.sql.messages import la
from tests.sql.reference_selection import BUCKETS, Decision, World, pick_all, planned_week, select
from tests.sql.warehouse import Warehouse
from tests.sql.worlds import fill, quotas_of, world_of

QUOTAS = {"budget": 2, "mid": 3, "premium": 2, "bump": 1}


def decisions(
    analyses: Analyses,
    quotas: dict[str, Any] | None = None,
    *,
    page: str | None = "alice",
    segment: str | None = "Standard",
    now: datetime = NOW,
    draw: str = "MEAN",
) -> dict[int, Row]:
    """The decision on each caption of the pool; fails when a caption is there twice."""
    asked = [(quotas or QUOTAS).get(bucket, 0) for bucket in ("budget", "mid", "premium", "bump")]
    rows = analyses.call("caption_decisions_at", page, segment, *asked, now, draw)
    found = {row["caption_id"]: row for row in rows}
    assert len(found) == len(rows)
    return found


def scored(
    analyses: Analyses, page: str | None = "alice", segment: str = "Standard", now: datetime = NOW
) -> dict[int, Row]:
    """The pool with exclusions and scores, without the buckets."""
    rows = analyses.call("scored_captions_at", page, segment, now, "MEAN")
    found = {row["caption_id"]: row for row in rows}
    assert len(found) == len(rows)
    return found


def rules(found: dict[int, Row]) -> dict[int, str | None]:
    return {caption_id: row["excluded_by"] for caption_id, row in found.items()}


def picked(found: dict[int, Row]) -> set[int]:
    return {caption_id for caption_id, row in found.items() if row["is_picked"]}


def test_cooldown_and_locks_cover_a_week_on_both_sides_of_the_target_week(
    warehouse: Warehouse, analyses: Analyses
) -> None:
    """Sent rows cool after the sweep too; cancelled rows and rows without a date count for nothing."""
    sent: dict[str, Any] = {"is_active": False, "deactivation_reason": "PAST_SEND_DATE"}
    stale: dict[str, Any] = {"is_active": False, "deactivation_reason": "STALE_7DAY"}
    cases: list[tuple[Row | None, str | None]] = [
        (usage(1, days(-7), **sent), None),
        (usage(2, days(-6), **sent), "COOLDOWN"),
        (usage(3, days(-6), **stale), "COOLDOWN"),
        (usage(4, days(-1)), "COOLDOWN"),
        (usage(5, days(14)), "COOLDOWN"),
        (usage(6, days(15)), None),
        (usage(7, days(2), is_active=False, deactivation_reason="CANCELLED"), None),
        (usage(8, days(2), is_active=False, deactivation_reason="REPLACED"), None),
        (usage(9, None), None),
        (usage(10, days(-1), "bella"), None),
        (usage(11, days(0), "bella"), "AGENCY_LOCK"),
        (usage(12, days(14), " Bella"), "AGENCY_LOCK"),
        (usage(13, days(15), "bella"), None),
        (usage(14, days(3), "bella", **sent), None),
        (usage(15, days(3), " ALICE"), "COOLDOWN"),
        (None, None),
    ]
    warehouse.insert("caption_bank", [caption(number) for number in range(1, len(cases) + 1)])
    warehouse.insert("active_caption_assignments", [row for row, _ in cases if row])
    warehouse.insert("active_caption_assignments", [usage(5, days(1), "bella")])
    assert rules(scored(analyses)) == {number: rule for number, (_, rule) in enumerate(cases, 1)}


def test_days_are_those_of_los_angeles(warehouse: Warehouse, analyses: Analyses) -> None:
    """One second before midnight the page still cools from seven days ago; on the days of a clock change too."""
    for evening in ("2025-11-02 23:59", "2025-03-09 23:59", "2024-02-29 23:59", "2025-12-31 23:59"):
        warehouse.clean()
        last = la(evening) + timedelta(seconds=59)
        day = datetime.fromisoformat(evening).date()
        warehouse.insert("caption_bank", [caption(1), caption(2)])
        warehouse.insert(
            "active_caption_assignments", [usage(1, day - timedelta(days=6)), usage(2, day + timedelta(days=15))]
        )
        assert rules(scored(analyses, now=last)) == {1: "COOLDOWN", 2: None}
        assert rules(scored(analyses, now=last + timedelta(seconds=1))) == {1: None, 2: "COOLDOWN"}


def test_the_context_is_the_latest_of_what_was_sent_in_seven_days(warehouse: Warehouse, analyses: Analyses) -> None:
    """Five different categories, seven different tiers, the urgency of three sends; what is planned is not seen."""
    categories = ["F", "b", "C", "f ", "A", "E", "D"]
    tiers = ["low", "Budget", "mid", "high", "premium", "luxury", "bump"]
    bank = [caption(n, tier, category) for n, (tier, category) in enumerate(zip(tiers, categories, strict=True), 1)]
    bank[3]["has_urgency"] = True
    warehouse.insert("caption_bank", [*bank, caption(20, "vip", "Z", has_urgency=True)])
    sent = [usage(n, days(0), scheduled_send_hour=20 - n) for n in range(1, 8)]
    warehouse.insert("active_caption_assignments", [*sent, usage(20, days(3)), usage(20, days(-8))])
    (row,) = analyses.call("caption_context_at", "Alice ", NOW)
    assert row == {
        "seen_categories": ["f", "b", "c", "a", "e"],
        "seen_tiers": ["low", "budget", "mid", "high", "premium", "luxury", "bump"],
        "has_recent_urgency": False,
        "week_urgent": 1,
    }
    warehouse.insert("active_caption_assignments", [usage(4, days(0), scheduled_send_hour=23)])
    (row,) = analyses.call("caption_context_at", "alice", NOW)
    assert row["has_recent_urgency"] is True
    assert row["seen_tiers"][0] == "high"
    (row,) = analyses.call("caption_context_at", "nobody", NOW)
    assert row == {"seen_categories": [], "seen_tiers": [], "has_recent_urgency": False, "week_urgent": 0}


def test_the_score_weighs_draw_diversity_percentile_and_penalty_once(warehouse: Warehouse, analyses: Analyses) -> None:
    """Diversity moves the score by its full 0.15, soft patterns by 0.30 each; the percentile is a share."""
    bank = [
        caption(1),
        caption(2, "high", "Feet"),
        caption(3, caption_text="soft and silky"),
        caption(4, caption_text="only soft"),
        caption(5, category="Feet"),
    ]
    warehouse.insert("caption_bank", bank)
    warehouse.insert("active_caption_assignments", [usage(5, days(-1))])
    warehouse.insert("caption_bandit_stats", [statistics(1, 3, 1, 100), statistics(4, 1, 4, None)])
    warehouse.insert("creator_caption_restrictions", [restriction(soft_patterns=["soft", "silk"])])
    found = decisions(analyses)
    assert {n: row["final_score"] for n, row in found.items()} == {
        1: pytest.approx(0.70 * 0.75 + 0.15 * -0.05 + 0.15 * 1.0),
        2: pytest.approx(0.70 * 0.5 + 0.15 * -0.05 + 0.15 * 0.5),
        3: pytest.approx(0.70 * 0.5 + 0.15 * -0.05 + 0.15 * 0.5 - 0.60),
        4: pytest.approx(0.70 * 0.2 + 0.15 * -0.05 + 0.15 * 0.5 - 0.30),
        5: None,
    }
    assert {n: row["debug_info"]["budget_penalty"] for n, row in found.items() if row["final_score"]} == {
        1: 0,
        2: 0,
        3: -0.6,
        4: -0.3,
    }


def test_the_multiplier_is_reported_and_moves_no_score(warehouse: Warehouse, analyses: Analyses) -> None:
    """Segments by either vocabulary and in any case; an unknown one is neutral."""
    tiers = {1: "low", 2: "mid", 3: "luxury", 4: "bump"}
    warehouse.insert("caption_bank", [caption(n, tier) for n, tier in tiers.items()])
    cases = {
        "high-value": (1, 1, 1.25, 1),
        "LUXURY": (1, 1, 1.25, 1),
        "Budget-Conscious": (1.15, 1.15, 1, 1),
        "budget": (1.15, 1.15, 1, 1),
        "Standard": (1, 1, 1, 1),
        "'; DROP TABLE x; --": (1, 1, 1, 1),
    }
    assert cases
    for segment, expected in cases.items():
        found = scored(analyses, segment=segment)
        assert tuple(found[n]["segment_multiplier"] for n in tiers) == expected, segment
        assert [row["final_score"] for row in found.values()] == pytest.approx([0.4625] * 4)


def test_urgent_captions_of_the_week_and_of_the_batch_stay_within_five(
    warehouse: Warehouse, analyses: Analyses
) -> None:
    """Two are planned, so three are left: for premium first, then mid; what is dropped takes no place.

    From the fourth of a week on an urgent caption costs half a point.
    """
    bank = [
        caption(n, tier, f"C{n}", has_urgency=True)
        for n, tier in enumerate(["vip"] * 2 + ["mid"] * 3 + ["low", "bump", "bump"], 1)
    ]
    planned = [caption(n, category=f"C{n}", has_urgency=True) for n in (50, 51)]
    warehouse.insert("caption_bank", [*bank, *planned, caption(60, "mid")])
    rows = [usage(50, days(1)), usage(51, days(7))]
    warehouse.insert("active_caption_assignments", rows)
    asked = dict.fromkeys(BUCKETS, 2)
    found = decisions(analyses, asked)
    assert picked(found) == {1, 2, 3, 60}
    assert rules(found) == {50: "COOLDOWN", 51: "COOLDOWN", 1: None, 2: None, 3: None, 60: None} | dict.fromkeys(
        [4, 5, 6, 7, 8], "BUDGET"
    )
    more = [usage(50, days(2)), usage(51, days(3)), usage(50, days(8)), usage(50, days(0), scheduled_send_hour=3)]
    warehouse.insert("active_caption_assignments", more)
    found = decisions(analyses, asked)
    assert picked(found) == {1, 60}
    assert {found[n]["debug_info"]["budget_penalty"] for n in (1, 2, 3)} == {-0.5}
    assert found[60]["debug_info"]["budget_penalty"] == 0


@pytest.mark.parametrize(("planned", "penalty", "left"), [(11, 0, 9), (12, -0.15, 8), (16, -0.3, 4)])
def test_a_category_stays_within_twenty_a_week(
    warehouse: Warehouse, analyses: Analyses, planned: int, penalty: float, left: int
) -> None:
    """Whatever the urgency; planned sends count, and picks of the buckets before."""
    bank = [
        caption(n, "vip" if n < 3 else "mid", "Feet" if n % 2 else " feet", has_urgency=n == 4) for n in range(1, 13)
    ]
    warehouse.insert("caption_bank", [*bank, caption(99, "low", "Feet")])
    warehouse.insert(
        "active_caption_assignments", [usage(99, days(1 + n % 7), scheduled_send_hour=n) for n in range(planned)]
    )
    found = decisions(analyses, dict.fromkeys(BUCKETS, 30))
    assert picked(found) == set(range(1, left + 1))
    assert {row["debug_info"]["budget_penalty"] for n, row in found.items() if n < 13} == {penalty}
    assert Counter(rules(found).values())["BUDGET"] == 12 - left


@pytest.mark.parametrize(("quota", "first"), [(1, 1), (5, 1), (6, 2)])
def test_a_fifth_of_a_bucket_rounded_up_goes_to_captions_little_is_known_of(
    warehouse: Warehouse, analyses: Analyses, quota: int, first: int
) -> None:
    """Fewer than ten observations, a wide interval, or no statistics; the best of them, however low they score."""
    known = [statistics(n, 9, 1) for n in range(1, 13)]
    few = [
        statistics(20, 1, 9, total_observations=9),
        statistics(21, 2, 9, confidence_upper_bound=0.7001),
        statistics(22, 1, 20, confidence_upper_bound=0.7),
    ]
    warehouse.insert("caption_bank", [caption(n) for n in [*range(1, 13), 20, 21, 22]])
    warehouse.insert("caption_bandit_stats", [*known, *few])
    found = decisions(analyses, {"mid": quota})
    assert {n for n, row in found.items() if row["is_explore"]} == {20, 21}
    best = set(range(1, quota - first + 1))
    assert picked(found) == best | ({21} if first == 1 else {20, 21})


def test_excluded_captions_take_no_place_and_ties_go_to_the_lowest_id(warehouse: Warehouse, analyses: Analyses) -> None:
    big = 9007199254740993
    ids = [-big, -big + 1, 1, big, big + 1]
    warehouse.insert("caption_bank", [caption(n) for n in ids])
    warehouse.insert(
        "caption_bandit_stats", [statistics(n, 1, 1) for n in ids] + [statistics(-big, 99, 1, page_name="bella")]
    )
    warehouse.insert("active_caption_assignments", [usage(-big, days(1), "bella")])
    assert picked(decisions(analyses, {"mid": 3})) == {-big + 1, 1, big}


@pytest.mark.parametrize("quota", [None, -(2**62)])
def test_a_quota_that_is_none_or_negative_picks_nothing(
    warehouse: Warehouse, analyses: Analyses, quota: int | None
) -> None:
    warehouse.insert("caption_bank", [caption(1), caption(2, "bump")])
    assert picked(decisions(analyses, dict.fromkeys(BUCKETS, quota))) == set()


def test_a_huge_quota_picks_all_that_the_budgets_allow(warehouse: Warehouse, analyses: Analyses) -> None:
    warehouse.insert("caption_bank", [caption(n, category=f"C{n % 3}") for n in range(30)])
    assert len(picked(decisions(analyses, dict.fromkeys(BUCKETS, 2**63 - 1)))) == 30


def test_a_page_that_is_unknown_starts_cold_and_one_that_is_none_has_no_rows(
    warehouse: Warehouse, analyses: Analyses
) -> None:
    warehouse.insert("caption_bank", [caption(1)])
    assert picked(decisions(analyses, page=" New_Page ")) == {1}
    for page in (None, "", "a b", "alice'; --", "a" * 101):
        assert scored(analyses, page) == {}


def test_the_drawn_worlds_meet_every_rule() -> None:
    """Otherwise the comparison below would prove less than it says."""
    found = [d for seed in range(1, 7) for d in select(world_of(seed), "alice", quotas_of(seed), TODAY).values()]
    rules_met = {decision.excluded_by for decision in found}
    standing = {"ALLOWED_PROFILE", "CATEGORY", "PRICE_TIER", "PATTERN_HARD", "INVENTORY"}
    assert rules_met == standing | {"COOLDOWN", "AGENCY_LOCK", "BUDGET", None}
    assert {decision.bucket for decision in found if decision.picked} == set(BUCKETS)


@pytest.mark.parametrize("seed", range(1, 7))
def test_decisions_are_those_of_plain_python_in_whatever_order_the_rows_come(
    warehouse: Warehouse, analyses: Analyses, seed: int
) -> None:
    world, quotas = world_of(seed), quotas_of(seed)
    fill(warehouse, world, random.Random(seed))
    found = decisions(analyses, quotas)
    expected = select(world, "alice", quotas, TODAY)
    assert rules(found) == {n: decision.excluded_by for n, decision in expected.items()}
    scores = {n: decision.score for n, decision in expected.items()}
    assert {n: row["final_score"] for n, row in found.items()} == pytest.approx(scores, abs=1.5e-6)
    assert picked(found) == {n for n, decision in expected.items() if decision.picked}


@pytest.mark.parametrize("seed", [11, 12])
def test_a_random_draw_keeps_quotas_budgets_and_order(warehouse: Warehouse, analyses: Analyses, seed: int) -> None:
    """Every step is about the same draw: picks follow from the reported scores, scores from the reported parts."""
    world = World(
        [
            caption(n, tier, f"C{n % 3}", has_urgency=n % 4 == 0)
            for n, tier in enumerate(["vip", "mid", "low", "bump"] * 40)
        ],
        [statistics(n, 2, 2, total_observations=n) for n in range(0, 160, 2)],
        [usage(n, days(2), scheduled_send_hour=n) for n in range(12)],
    )
    fill(warehouse, world)
    quotas = dict.fromkeys(BUCKETS, 9 + seed)
    found = decisions(analyses, quotas, draw="RANDOM")
    candidates = [
        Decision(
            n,
            row["bucket"],
            row["content_category"].lower(),
            row["has_urgency"],
            row["is_explore"],
            None if row["excluded_by"] == "BUDGET" else row["excluded_by"],
            row["final_score"],
        )
        for n, row in found.items()
    ]
    planned = planned_week(world, "alice", TODAY)
    expected = pick_all(candidates, quotas, planned)
    assert picked(found) == {n for n, decision in expected.items() if decision.picked}
    assert rules(found) == {n: decision.excluded_by for n, decision in expected.items()}
    for row in found.values():
        if row["final_score"] is not None:
            parts = row["debug_info"]
            total = 0.7 * parts["thompson_score"] + 0.15 * parts["diversity_bonus"] + 0.075 + parts["budget_penalty"]
            assert row["final_score"] == pytest.approx(total, abs=2e-6)
    chosen = [row for row in found.values() if row["is_picked"]]
    assert planned[0] + sum(row["has_urgency"] for row in chosen) <= 5
    assert max((planned[1] + Counter(row["content_category"].lower() for row in chosen)).values()) <= 20
    assert all(count <= quotas[bucket] for bucket, count in Counter(row["bucket"] for row in chosen).items())


def test_draws_differ_by_row_and_call_and_reach_both_ends(warehouse: Warehouse, analyses: Analyses) -> None:
    """A new caption may draw any rate: of 400 draws of Beta(1,1) none below 0.09 comes about once in 10^16."""
    warehouse.insert("caption_bank", [caption(n, category=f"C{n}") for n in range(400)])
    first, second = (
        {n: row["debug_info"]["thompson_score"] for n, row in decisions(analyses, draw="RANDOM").items()}
        for _ in range(2)
    )
    assert len(set(first.values())) > 390
    assert first != second
    assert min(first.values()) < 0.09
    assert max(first.values()) > 0.91


def test_captions_of_a_hundred_thousand_characters_are_searched_and_returned_whole(
    warehouse: Warehouse, analyses: Analyses
) -> None:
    long = "x" * 99_990 + " leaked it"
    warehouse.insert("caption_bank", [caption(1, caption_text=long), caption(2, caption_text=long[:-6] + "clean!")])
    warehouse.insert("creator_caption_restrictions", [restriction(hard_patterns=["leaked it$"])])
    found = decisions(analyses)
    assert rules(found) == {1: "PATTERN_HARD", 2: None}
    assert found[1]["caption_text"] == long
