"""The standing rules of a page: who is in the pool, who is excluded, by which rule, and what is counted."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from tests.sql.captions import NOW, Row, caption, days, flag, inventory, profile, restriction
from tests.sql.warehouse import DATASET, Warehouse


def pool(warehouse: Warehouse, *pages: str) -> dict[tuple[str, int], Row]:
    """The pool by page and caption; fails when a caption is there twice."""
    rows = warehouse.rows(f"SELECT * FROM `{DATASET}.page_caption_pool`(@pages)", pages=list(pages or ("alice",)))
    found = {(row["page_name"], row["caption_id"]): row for row in rows}
    assert len(found) == len(rows)
    return found


def rules(warehouse: Warehouse, page: str = "alice") -> dict[int, tuple[str | None, str | None]]:
    """Rule and value by caption."""
    return {
        caption_id: (row["excluded_by"], row["rule_value"]) for (_, caption_id), row in pool(warehouse, page).items()
    }


def counts(warehouse: Warehouse, *pages: str) -> dict[tuple[str, str], tuple[Any, ...]]:
    columns = ("pool_total", "pool_after_hard", "pool_eligible", "min_pool", "is_below_minimum")
    rows = warehouse.rows(f"SELECT * FROM `{DATASET}.caption_pool_counts`(@pages)", pages=list(pages))
    found = {(row["page_name"], row["scope"]): tuple(row[column] for column in columns) for row in rows}
    assert len(found) == len(rows)
    return found


def test_a_page_without_rules_has_every_available_caption_with_a_known_tier(warehouse: Warehouse) -> None:
    tiers = ["low", "Budget", "mid", " Standard", "high", "premium", "LUXURY", "vip", "bump", "Free", "odd", None]
    warehouse.insert("caption_bank", [caption(number, tier) for number, tier in enumerate(tiers)])
    found = {caption_id: (row["bucket"], row["scope"]) for (_, caption_id), row in pool(warehouse).items()}
    expected = ["budget"] * 2 + ["mid"] * 2 + ["premium"] * 4 + ["bump"] * 2
    assert found == {number: (bucket, "BUMP" if bucket == "bump" else "PPV") for number, bucket in enumerate(expected)}
    assert {row["excluded_by"] for row in pool(warehouse).values()} == {None}


def test_the_first_rule_that_matches_names_the_exclusion(warehouse: Warehouse) -> None:
    """Each caption breaks one rule more than the one before, in the order of precedence."""
    warehouse.insert(
        "caption_bank",
        [
            caption(1, "mid", "General"),
            caption(2, "mid", "Feet"),
            caption(3, "mid", "Feet", caption_text="leaked once"),
            caption(4, "high", "Feet", caption_text="Leaked twice"),
            caption(5, "high", "Couple", caption_text="leaked thrice"),
            caption(6, "vip", "Couple", caption_text="leaked again"),
        ],
    )
    warehouse.insert("creator_content_inventory", [inventory(["Solo"])])
    rules_of_alice: dict[str, Any] = {
        "hard_patterns": ["nothing", "leak(ed)?", "leaked"],
        "restricted_price_tiers": ["HIGH ", "vip"],
        "restricted_categories": ["couple"],
    }
    warehouse.insert("creator_caption_restrictions", [restriction(**rules_of_alice)])
    warehouse.insert("creator_allowed_profile", [profile(ppv_allowed_price_tiers=["MID", "high"])])
    assert rules(warehouse) == {
        1: (None, None),
        2: ("INVENTORY", "Feet"),
        3: ("PATTERN_HARD", "leak(ed)?"),
        4: ("PRICE_TIER", "high"),
        5: ("CATEGORY", "Couple"),
        6: ("ALLOWED_PROFILE", "vip"),
    }


def test_the_allowed_profile_has_lists_of_its_own_for_bumps_and_compares_without_case(warehouse: Warehouse) -> None:
    warehouse.insert(
        "caption_bank",
        [
            caption(1, "mid", "solo"),
            caption(2, "mid", "Feet"),
            caption(3, "mid", None),
            caption(4, "bump", "Feet"),
            caption(5, "bump", "Solo"),
            caption(6, "free", "feet"),
        ],
    )
    lists = {
        "ppv_allowed_categories": [" SOLO"],
        "ppv_allowed_price_tiers": [],
        "bump_allowed_categories": ["Feet"],
        "bump_allowed_price_tiers": ["BUMP"],
    }
    warehouse.insert("creator_allowed_profile", [profile("Alice", **lists)])
    excluded = {caption_id: rule for caption_id, (rule, _) in rules(warehouse).items()}
    assert excluded == {1: None, 4: None} | dict.fromkeys([2, 3, 5, 6], "ALLOWED_PROFILE")


def test_a_restriction_reaches_its_scope_only(warehouse: Warehouse) -> None:
    """A scope that is neither word is taken for all: doubt restricts."""
    warehouse.insert("caption_bank", [caption(1, "mid", "Feet"), caption(2, "bump", "Feet", caption_text="toes")])
    scopes = {"p": "PPV_ONLY", "b": " bump_only", "a": "ALL", "n": None, "x": "odd"}
    patterns = {"hard_patterns": ["toes|number"], "soft_patterns": ["."]}
    rows = [restriction(page, applies_to_scope=scope, **patterns) for page, scope in scopes.items()]
    warehouse.insert("creator_caption_restrictions", rows)
    found = pool(warehouse, *scopes)
    reached = {page: {caption_id for caption_id in (1, 2) if found[page, caption_id]["excluded_by"]} for page in scopes}
    assert reached == {"p": {1}, "b": {2}, "a": {1, 2}, "n": {1, 2}, "x": {1, 2}}
    softened = {
        page: {caption_id for caption_id in (1, 2) if found[page, caption_id]["soft_patterns"]} for page in scopes
    }
    assert softened == reached


def test_soft_patterns_are_listed_and_exclude_nothing(warehouse: Warehouse) -> None:
    texts = {1: "Sale TODAY", 2: "today", 3: "quiet"}
    warehouse.insert("caption_bank", [caption(number, caption_text=text) for number, text in texts.items()])
    warehouse.insert("creator_caption_restrictions", [restriction(soft_patterns=["sale", r"\btoday\b", "[broken"])])
    found = pool(warehouse)
    assert {key[1]: row["soft_patterns"] for key, row in found.items()} == {
        1: ["sale", r"\btoday\b"],
        2: [r"\btoday\b"],
        3: [],
    }
    assert {row["excluded_by"] for row in found.values()} == {None}


def test_a_broken_hard_pattern_excludes_all_that_it_reaches(warehouse: Warehouse) -> None:
    """Two broken patterns that would make a sound one together are broken all the same."""
    warehouse.insert("caption_bank", [caption(1), caption(2, "bump")])
    broken = {"a": ["(unclosed"], "b": ["x(", "y)"], "c": ["(?=ahead)"], "d": ["sound"]}
    rows = [restriction(page, hard_patterns=patterns, applies_to_scope="PPV_ONLY") for page, patterns in broken.items()]
    warehouse.insert("creator_caption_restrictions", rows)
    found = pool(warehouse, *broken)
    assert {page: found[page, 1]["excluded_by"] for page in broken} == dict.fromkeys("abc", "PATTERN_HARD") | {
        "d": None
    }
    assert {found[page, 2]["excluded_by"] for page in broken} == {None}
    listed = warehouse.rows(f"SELECT * FROM `{DATASET}.caption_restriction_patterns`")
    assert {(row["page_name"], row["pattern"]) for row in listed if row["is_valid"]} == {("d", "sound")}
    assert len(listed) == 5


def test_the_newest_inventory_counts_and_general_needs_no_content(warehouse: Warehouse) -> None:
    bank = [
        caption(1, category="Feet"),
        caption(2, category=" GENERAL"),
        caption(3, category="Solo"),
        caption(4, category=None),
    ]
    warehouse.insert("caption_bank", bank)
    rows = [
        inventory(["Solo"], days(-5)),
        inventory(["Solo"], days(-1), created_at=NOW - timedelta(days=2)),
        inventory(["feet"], days(-1), "Alice"),
        inventory([], days(0), "bella"),
        inventory(["Solo"], days(-1), "bella"),
    ]
    warehouse.insert("creator_content_inventory", rows)
    assert {caption_id: rule for caption_id, (rule, _) in rules(warehouse).items()} == {
        1: None,
        2: None,
        3: "INVENTORY",
        4: "INVENTORY",
    }
    assert {rule for rule, _ in rules(warehouse, "bella").values()} == {None}


def test_the_flag_switches_restrictions_off_and_not_the_profile(warehouse: Warehouse) -> None:
    warehouse.insert("caption_bank", [caption(1, category="Feet"), caption(2, "high")])
    warehouse.insert("creator_caption_restrictions", [restriction(restricted_categories=["feet"], min_ppv_pool=9)])
    warehouse.insert("creator_allowed_profile", [profile(ppv_allowed_price_tiers=["mid"])])
    on = {1: "CATEGORY", 2: "ALLOWED_PROFILE"}
    off = {1: None, 2: "ALLOWED_PROFILE"}
    later = NOW + timedelta(hours=1)
    steps = [
        (None, on),
        (flag(is_enabled=False), off),
        (flag(is_enabled=True), on),
        (flag(is_enabled=False, updated_at=later), off),
    ]
    for row, expected in steps:
        warehouse.insert("feature_flags", [row] if row else [])
        assert {caption_id: rule for caption_id, (rule, _) in rules(warehouse).items()} == expected, row
    assert counts(warehouse, "alice")["alice", "PPV"] == (2, 1, 1, None, False)


def test_one_restriction_a_page_filters_and_a_lifted_one_does_not_come_back(warehouse: Warehouse) -> None:
    warehouse.insert("caption_bank", [caption(1, category="Feet"), caption(2, category="Solo")])
    rows = [
        restriction(restricted_categories=["Feet"]),
        restriction(restricted_categories=["Solo"], version=2),
        restriction("bella", restricted_categories=["Feet"]),
        restriction("bella", restricted_categories=["Feet"], version=2, is_active=False),
    ]
    warehouse.insert("creator_caption_restrictions", rows)
    assert rules(warehouse) == {1: (None, None), 2: ("CATEGORY", "Solo")}
    assert {rule for rule, _ in rules(warehouse, "bella").values()} == {None}


def test_names_that_are_none_have_no_pool_and_each_page_has_one(warehouse: Warehouse) -> None:
    warehouse.insert("caption_bank", [caption(1)])
    names = ["Alice ", "alice", "x'; DROP TABLE y; --", "", "a---b", "a" * 101, "new-page_1"]
    assert {page for page, _ in pool(warehouse, *names)} == {"alice", "new-page_1"}
    assert {page for page, _ in counts(warehouse, *names)} == {"alice", "new-page_1"}


def test_pools_are_counted_before_and_after_the_rules_for_all_pages_at_once(warehouse: Warehouse) -> None:
    """The minimum holds after the hard rules, before the inventory, and only where the restriction reaches."""
    ppv = [caption(number, "mid", "Feet" if number <= 4 else "Solo") for number in range(1, 11)]
    bumps = [caption(number, "bump", "Feet") for number in range(11, 14)]
    warehouse.insert("caption_bank", [*ppv, *bumps])
    rows = [
        restriction("alice", restricted_categories=["Feet"], min_ppv_pool=6, min_bump_pool=1),
        restriction(
            "bella", restricted_categories=["Feet"], min_ppv_pool=7, min_bump_pool=0, applies_to_scope="PPV_ONLY"
        ),
        restriction("cora", min_ppv_pool=99, min_bump_pool=3, applies_to_scope="BUMP_ONLY"),
        restriction("dina", min_ppv_pool=None, min_bump_pool=None),
        restriction("emma", min_ppv_pool=99, is_active=False),
    ]
    warehouse.insert("creator_caption_restrictions", rows)
    warehouse.insert("creator_content_inventory", [inventory(["Feet"], page="alice"), inventory(["Feet"], page="fay")])
    assert counts(warehouse, "alice", "bella", "cora", "dina", "emma", "fay") == {
        ("alice", "PPV"): (10, 6, 0, 6, False),
        ("alice", "BUMP"): (3, 0, 0, 1, True),
        ("bella", "PPV"): (10, 6, 6, 7, True),
        ("bella", "BUMP"): (3, 3, 3, None, False),
        ("cora", "PPV"): (10, 10, 10, None, False),
        ("cora", "BUMP"): (3, 3, 3, 3, False),
        ("dina", "PPV"): (10, 10, 10, 200, True),
        ("dina", "BUMP"): (3, 3, 3, 50, True),
        ("emma", "PPV"): (10, 10, 10, None, False),
        ("emma", "BUMP"): (3, 3, 3, None, False),
        ("fay", "PPV"): (10, 10, 4, None, False),
        ("fay", "BUMP"): (3, 3, 3, None, False),
    }


def test_an_empty_bank_counts_as_nothing_and_is_below_any_minimum(warehouse: Warehouse) -> None:
    warehouse.insert("creator_caption_restrictions", [restriction(min_ppv_pool=1)])
    assert counts(warehouse, "alice") == {
        ("alice", "PPV"): (0, 0, 0, 1, True),
        ("alice", "BUMP"): (0, 0, 0, 0, False),
    }
