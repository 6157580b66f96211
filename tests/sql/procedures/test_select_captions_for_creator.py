"""A selection: the worked example value by value, its result, its audit and its alerts."""

from __future__ import annotations

from typing import Any

from tests.sql.captions import BIG, NOW, Row, caption, days, flag, inventory, profile, restriction, statistics, usage
from tests.sql.warehouse import DATASET, Warehouse

AUDIT = f"SELECT * FROM {DATASET}.caption_filter_audit_log ORDER BY caption_id"
ALERTS = f"SELECT * FROM {DATASET}.automation_alerts ORDER BY alert_kind, alert_message"
COLUMNS = [
    *("caption_id", "caption_text", "price_tier", "content_category", "has_urgency", "final_score", "debug_info"),
    "psychological_trigger",
]
PARTS = [
    "thompson_score",
    "diversity_bonus",
    "segment_multiplier",
    "successes",
    "failures",
    "confidence_lower",
    "confidence_upper",
    "budget_penalty",
]
INJECTIONS = ["x'; DROP TABLE caption_bank; --", "' OR '1'='1", "`alice`", '"alice"', "alice\\", "a---b", "*/ alice"]


def select(
    warehouse: Warehouse, page: str | None = "alice", segment: str | None = "Standard", **quotas: Any
) -> list[Row]:
    asked = [quotas.get(bucket, 0) for bucket in ("budget", "mid", "premium", "bump")]
    return warehouse.call("select_captions_for_creator_at", page, segment, *asked, NOW)


def audit(warehouse: Warehouse) -> list[tuple[Any, ...]]:
    return [
        (
            row["caption_id"],
            row["rule_type"],
            row["rule_value"],
            row["enforcement"],
            row["total_pool_before_filter"],
            row["total_pool_after_filter"],
        )
        for row in warehouse.rows(AUDIT)
    ]


def alerts(warehouse: Warehouse) -> list[tuple[str, str, str]]:
    return [(row["alert_level"], row["alert_kind"], row["alert_message"]) for row in warehouse.rows(ALERTS)]


def add_example(warehouse: Warehouse) -> None:
    warehouse.insert(
        "caption_bank",
        [
            caption(11, "low", "Solo", caption_text="Morning babe"),
            caption(12, "budget", "Solo", caption_text="Only today", has_urgency=True),
            caption(13, "budget", "Feet", caption_text="Leaked tape"),
            caption(14, "mid", "Feet", caption_text="New set"),
            caption(15, "luxury", "Solo", caption_text="Full tape"),
            caption(16, "bump", "General", caption_text="Hey", overall_performance_score=None, total_sends=0),
        ],
    )
    bounds = {"confidence_lower_bound": 0.467690, "confidence_upper_bound": 0.911060}
    few = {"total_observations": 2, "confidence_lower_bound": None, "confidence_upper_bound": None}
    warehouse.insert(
        "caption_bandit_stats",
        [statistics(11, 9, 3, 100, total_observations=10, **bounds), statistics(12, 1, 3, 0, **few)],
    )
    sent: dict[str, Any] = {"is_active": False, "deactivation_reason": "PAST_SEND_DATE"}
    cancelled: dict[str, Any] = {"is_active": False, "deactivation_reason": "CANCELLED"}
    rows = [usage(13, days(-1), **sent), usage(14, days(-2), **cancelled), usage(15, days(9), "bella")]
    warehouse.insert("active_caption_assignments", rows)
    limits: dict[str, Any] = {
        "hard_patterns": ["leak(ed)?"],
        "applies_to_scope": "ALL",
        "min_ppv_pool": 1,
        "min_bump_pool": 1,
    }
    warehouse.insert("creator_caption_restrictions", [restriction(**limits)])


def test_the_worked_example_value_by_value(warehouse: Warehouse) -> None:
    add_example(warehouse)
    query = f"SELECT * FROM `{DATASET}.caption_selection_at`('alice', 'Standard', 2, 1, 1, 1, @now, 'MEAN')"
    found = {row["caption_id"]: row for row in warehouse.rows(query, now=NOW)}
    shown = {
        caption_id: (
            row["bucket"],
            row["final_score"],
            row["debug_info"]["thompson_score"],
            row["debug_info"]["diversity_bonus"],
            row["debug_info"]["budget_penalty"],
            row["debug_info"]["segment_multiplier"],
        )
        for caption_id, row in found.items()
    }
    assert shown == {
        14: ("mid", 0.4175, 0.5, -0.05, 0, 1),
        11: ("budget", 0.7125, 0.75, 0.25, 0, 1),
        12: ("budget", 0.1675, 0.25, -0.05, 0, 1),
        16: ("bump", 0.4625, 0.5, 0.25, 0, 1),
    }
    known, new = found[11]["debug_info"], found[16]["debug_info"]
    assert (known["successes"], known["failures"]) == (9, 3)
    assert (known["confidence_lower"], known["confidence_upper"]) == (0.46769, 0.91106)
    assert (new["successes"], new["failures"]) == (1, 1)
    assert (new["confidence_lower"], new["confidence_upper"]) == (0.094529, 0.905471)

    rows = select(warehouse, budget=2, mid=1, premium=1, bump=1)
    assert [list(row) for row in rows] == [COLUMNS] * 4
    assert [list(row["debug_info"]) for row in rows] == [PARTS] * 4
    # By bucket name, best first; with random draws either budget caption may lead.
    assert {row["caption_id"] for row in rows[:2]} == {11, 12}
    assert rows[0]["final_score"] >= rows[1]["final_score"]
    assert [row["caption_id"] for row in rows[2:]] == [16, 14]

    assert audit(warehouse) == [
        (None, "AGENCY_LOCK", "1", "HARD", 5, 4),
        (13, "PATTERN_HARD", "leak(ed)?", "HARD", 6, 5),
    ]
    summary, pattern = warehouse.rows(AUDIT)
    assert (pattern["page_name"], pattern["stage"], pattern["schedule_id"]) == ("alice", "candidate_pool", None)
    assert (pattern["caption_text"], pattern["content_category"], pattern["price_tier"]) == (
        "Leaked tape",
        "Feet",
        "budget",
    )
    assert summary["filtered_at"] == pattern["filtered_at"] == NOW
    assert summary["workflow_id"] == pattern["workflow_id"]
    assert alerts(warehouse) == [
        ("INFO", "selection_shortfall:alice", "selection_shortfall:alice|page=alice|bucket=premium|asked=1|got=0")
    ]
    (alert,) = warehouse.rows(ALERTS)
    assert (alert["acknowledged"], alert["acknowledged_by"], alert["job_id"]) == (
        True,
        "system",
        summary["workflow_id"],
    )


def test_each_rule_is_audited_with_the_pool_before_and_after_it(warehouse: Warehouse) -> None:
    """Two captions a rule: a row each for what a rule of the page says, one row with the number for the others."""
    long = "lowered " * 1000
    bank = [
        *[caption(n, "vip") for n in (1, 2)],
        *[caption(n, "mid", "Couple") for n in (3, 4)],
        *[caption(n, "high") for n in (5, 6)],
        *[caption(n, caption_text=f"banned {n}") for n in (7, 8)],
        *[caption(n, category="Feet", caption_text=f"lowered {n}") for n in (9, 10)],
        *[caption(n) for n in (11, 12, 13, 14)],
        *[caption(n, caption_text=long + str(n), has_urgency=True) for n in (15, 16)],
        *[caption(n, has_urgency=True) for n in (17, 18, 19, 20, 21)],
    ]
    warehouse.insert("caption_bank", bank)
    warehouse.insert("creator_allowed_profile", [profile(ppv_allowed_price_tiers=["mid", "high"])])
    limits: dict[str, Any] = {
        "hard_patterns": ["banned"],
        "soft_patterns": ["lowered", "low"],
        "restricted_categories": ["COUPLE"],
        "restricted_price_tiers": ["high"],
    }
    warehouse.insert("creator_caption_restrictions", [restriction(**limits)])
    warehouse.insert("creator_content_inventory", [inventory(["Solo"])])
    rows = [usage(11, days(1)), usage(12, days(1)), usage(13, days(2), "bella"), usage(14, days(2), "bella")]
    warehouse.insert("active_caption_assignments", rows)
    select(warehouse, " ALICE ")
    assert sorted(audit(warehouse), key=lambda row: (row[4] * -1, row[0] or 0)) == [
        (1, "ALLOWED_PROFILE", "vip", "HARD", 21, 19),
        (2, "ALLOWED_PROFILE", "vip", "HARD", 21, 19),
        (3, "CATEGORY", "Couple", "HARD", 19, 17),
        (4, "CATEGORY", "Couple", "HARD", 19, 17),
        (5, "PRICE_TIER", "high", "HARD", 17, 15),
        (6, "PRICE_TIER", "high", "HARD", 17, 15),
        (7, "PATTERN_HARD", "banned", "HARD", 15, 13),
        (8, "PATTERN_HARD", "banned", "HARD", 15, 13),
        (None, "INVENTORY", "2", "HARD", 13, 11),
        (15, "PATTERN_SOFT", "lowered; low", "SOFT", 13, 13),
        (16, "PATTERN_SOFT", "lowered; low", "SOFT", 13, 13),
        (None, "COOLDOWN", "2", "HARD", 11, 9),
        (None, "AGENCY_LOCK", "2", "HARD", 9, 7),
        (None, "BUDGET", "2", "HARD", 7, 5),
    ]
    found = warehouse.rows(AUDIT)
    assert {len(row["caption_text"]) for row in found if row["caption_id"] in (15, 16)} == {5000}
    assert len({row["workflow_id"] for row in found}) == 1
    select(warehouse)
    assert len({row["workflow_id"] for row in warehouse.rows(AUDIT)}) == 2


def test_a_pool_below_its_minimum_selects_nothing_and_warns_once(warehouse: Warehouse) -> None:
    """No bumps are left, so no PPV is selected either. The warning stays one while it is open."""
    warehouse.insert(
        "caption_bank", [caption(n, "bump" if n > 2 else "mid", "Feet" if n > 2 else "Solo") for n in range(1, 5)]
    )
    limits: dict[str, Any] = {"restricted_categories": ["feet"], "min_ppv_pool": 2, "min_bump_pool": 1}
    warehouse.insert("creator_caption_restrictions", [restriction(**limits)])
    warning = ("WARNING", "pool_low:alice", "pool_low:alice|page=alice|scope=BUMP|pool=0|minimum=1")
    for _ in range(2):
        assert select(warehouse, mid=1) == []
    assert alerts(warehouse).count(warning) == 1
    warehouse.insert("feature_flags", [flag(is_enabled=False)])
    assert len(select(warehouse, mid=1)) == 1


def test_the_default_minimums_are_200_and_50_where_a_restriction_reaches(warehouse: Warehouse) -> None:
    warehouse.insert("caption_bank", [caption(n, "mid" if n < 200 else "bump") for n in range(248)])
    defaults: dict[str, Any] = {"min_ppv_pool": None, "min_bump_pool": None}
    warehouse.insert("creator_caption_restrictions", [restriction(**defaults)])
    assert select(warehouse, mid=3) == []
    text = next(text for _, kind, text in alerts(warehouse) if kind == "pool_low:alice")
    assert text == "pool_low:alice|page=alice|scope=BUMP|pool=48|minimum=50"
    assert len(select(warehouse, "bella", mid=3)) == 3


def test_a_broken_hard_pattern_lets_nothing_through_and_is_reported(warehouse: Warehouse) -> None:
    """Of another page nothing is reported, and the call does not fail."""
    warehouse.insert("caption_bank", [caption(1), caption(2, "bump")])
    rows = [restriction(hard_patterns=["(oops"]), restriction("bella", hard_patterns=["[oops"])]
    warehouse.insert("creator_caption_restrictions", rows)
    assert select(warehouse, mid=1, bump=1) == []
    assert alerts(warehouse)[0] == (
        "WARNING",
        "restriction_pattern_invalid:alice",
        "restriction_pattern_invalid:alice|page=alice|invalid=1|first=(oops",
    )
    assert {row[1] for row in audit(warehouse)} == {"PATTERN_HARD"}
    assert not [kind for _, kind, _ in alerts(warehouse) if "bella" in kind]


def test_a_broken_soft_pattern_lowers_nothing_and_is_reported_once(warehouse: Warehouse) -> None:
    warehouse.insert("caption_bank", [caption(1)])
    warehouse.insert("creator_caption_restrictions", [restriction(soft_patterns=["(oops", "*"])])
    for _ in range(2):
        (row,) = select(warehouse, mid=1)
        assert row["debug_info"]["budget_penalty"] == 0
    assert alerts(warehouse) == [
        (
            "WARNING",
            "restriction_pattern_invalid:alice",
            "restriction_pattern_invalid:alice|page=alice|invalid=2|first=(oops",
        )
    ]


def test_hostile_text_is_data_everywhere(warehouse: Warehouse) -> None:
    """As page it selects and writes nothing; as segment it is neutral; in captions and patterns it is text."""
    texts = [f"{text} {n}" for n, text in enumerate(INJECTIONS)]
    warehouse.insert("caption_bank", [caption(n, caption_text=text) for n, text in enumerate(texts)])
    for text in [INJECTIONS[0], "", None]:
        assert select(warehouse, text, mid=3, bump=3) == []
    assert audit(warehouse) == alerts(warehouse) == []
    patterns = [r"x'; DROP TABLE caption_bank; --", "'"]
    warehouse.insert(
        "creator_caption_restrictions", [restriction(hard_patterns=patterns[:1], soft_patterns=patterns[1:])]
    )
    rows = select(warehouse, "alice", INJECTIONS[0], mid=10)
    assert {row["caption_text"] for row in rows} == set(texts[1:])
    assert {row["debug_info"]["segment_multiplier"] for row in rows} == {1}
    assert warehouse.value(f"SELECT COUNT(*) FROM {DATASET}.caption_bank") == len(INJECTIONS)


def test_quotas_that_ask_for_nothing_select_nothing_and_report_no_shortfall(warehouse: Warehouse) -> None:
    warehouse.insert("caption_bank", [caption(1), caption(2, "bump")])
    assert select(warehouse, budget=0, mid=None, premium=-1, bump=-(2**63)) == []
    assert alerts(warehouse) == []


def test_each_short_bucket_is_reported_at_every_call(warehouse: Warehouse) -> None:
    warehouse.insert("caption_bank", [caption(1), caption(2, "bump")])
    for _ in range(2):
        select(warehouse, budget=1, mid=2, bump=1)
    start = "selection_shortfall:alice|page=alice|bucket="
    expected = [f"{start}budget|asked=1|got=0", f"{start}mid|asked=2|got=1"]
    assert [text for _, _, text in alerts(warehouse)] == sorted(expected * 2)


def test_an_empty_warehouse_selects_nothing(warehouse: Warehouse) -> None:
    assert select(warehouse, mid=1) == []
    assert [level for level, _, _ in alerts(warehouse)] == ["INFO"]


def test_what_is_selected_can_be_locked_on_every_day_of_the_target_week(warehouse: Warehouse) -> None:
    """Selection leaves out whatever locking would refuse, of any page; ids stay exact on the way."""
    ids = [BIG, BIG + 1, 2**63 - 1, -(2**63), *range(1, 13)]
    warehouse.insert("caption_bank", [caption(n, category=f"C{n % 5}") for n in ids])
    others = [usage(n, days(n), "bella") for n in range(1, 13)] + [usage(BIG + 1, days(15), "bella")]
    warehouse.insert("active_caption_assignments", others)
    chosen = {row["caption_id"] for row in select(warehouse, mid=50)}
    assert chosen == {BIG, BIG + 1, 2**63 - 1, -(2**63)}
    for day in (1, 7):
        requests = [
            {"caption_id": n, "scheduled_send_date": days(day), "scheduled_send_hour": 9 + place}
            for place, n in enumerate(sorted(chosen))
        ]
        schedule = f"S{day}"
        warehouse.call("lock_caption_assignments_at", schedule, "alice", requests, NOW)
        warehouse.rows(
            f"UPDATE {DATASET}.active_caption_assignments SET is_active = FALSE WHERE schedule_id = @schedule",
            schedule=schedule,
        )
    locked = f"SELECT DISTINCT caption_id FROM {DATASET}.active_caption_assignments WHERE page_name = 'alice'"
    assert {row["caption_id"] for row in warehouse.rows(locked)} == chosen


def test_the_public_form_selects_as_of_now(warehouse: Warehouse) -> None:
    warehouse.insert("caption_bank", [caption(1)])
    (row,) = warehouse.call("select_captions_for_creator", "alice", "Standard", 0, 1, 0, 0)
    assert row["caption_id"] == 1
