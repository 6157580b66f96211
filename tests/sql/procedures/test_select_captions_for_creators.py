"""A selection for many pages in one call: each page gets what plain Python selects for it alone."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from tests.sql.captions import NOW, TODAY, Row, caption, days, inventory, profile, restriction, statistics, usage
from tests.sql.reference_selection import BUCKETS, World, select
from tests.sql.warehouse import DATASET, Warehouse
from tests.sql.worlds import fill, quotas_of, world_of

AUDIT = f"SELECT * EXCEPT (workflow_id) FROM {DATASET}.caption_filter_audit_log WHERE rule_type != 'BUDGET'"
BUDGETS = f"SELECT page_name, rule_value FROM {DATASET}.caption_filter_audit_log WHERE rule_type = 'BUDGET'"
ALERTS = f"SELECT alert_level, alert_kind, alert_message FROM {DATASET}.automation_alerts"
SEVERAL = {"premium": 2, "mid": 3, "budget": 1, "bump": 2}


def request(page: str | None, quotas: dict[str, Any] | None = None, segment: str | None = "Standard") -> Row:
    return {"page_name": page, "segment": segment} | dict.fromkeys(BUCKETS) | (quotas or {})


def call(warehouse: Warehouse, requests: list[Row], draw: str = "MEAN") -> list[Row]:
    return warehouse.call("select_captions_for_creators_at", requests, NOW, draw)


def scores(rows: list[Row], page: str) -> dict[int, float]:
    return {row["caption_id"]: row["final_score"] for row in rows if row["page_name"] == page}


def crowded_world(seed: int) -> World:
    """Far more captions of each category than its budget, many of them urgent, for two pages with plans."""
    draw = random.Random(seed)
    tiers = ["vip", "mid", "low", "bump"]
    bank = [
        caption(n, tiers[n % 4], draw.choice(["Solo", "Feet"]), has_urgency=draw.random() < 0.3) for n in range(480)
    ]
    pages = ["alice", "bella"]
    stats = [
        statistics(n, draw.randint(1, 30), draw.randint(1, 30), page_name=page, total_observations=draw.choice([3, 50]))
        for page in pages
        for n in draw.sample(range(480), 300)
    ]
    planned = [usage(n, days(1 + n % 7), page) for page in pages for n in draw.sample(range(480), draw.randint(0, 14))]
    return World(bank, stats, planned, [restriction("bella", soft_patterns=["7$"])])


def shared_world(seed: int) -> World:
    """A drawn world in which bella has rules of her own too."""
    world = world_of(seed)
    rules = restriction("bella", hard_patterns=["today"], soft_patterns=["silk"], restricted_categories=["couple"])
    return replace(world, creator_caption_restrictions=[*world.creator_caption_restrictions, rules])


@pytest.mark.parametrize(
    "world", [shared_world(1), shared_world(2), shared_world(5), crowded_world(1), crowded_world(2)]
)
def test_each_page_gets_what_plain_python_selects_for_it_alone(warehouse: Warehouse, world: World) -> None:
    fill(warehouse, world, random.Random(1))
    asked = {"alice": dict.fromkeys(BUCKETS, 25), "bella": quotas_of(3), "nobody_yet": quotas_of(4)}
    rows = call(warehouse, [request(page, quotas) for page, quotas in asked.items()])
    dropped = {}
    for page, quotas in asked.items():
        expected = select(world, page, quotas, TODAY)
        chosen = {n: decision.score for n, decision in expected.items() if decision.picked}
        assert chosen, "a page for which nothing is chosen proves nothing"
        assert scores(rows, page) == pytest.approx(chosen, abs=1.5e-6)
        buckets = {n: expected[n].bucket for n in chosen}
        assert {row["caption_id"]: row["bucket"] for row in rows if row["page_name"] == page} == buckets
        dropped[page] = sum(decision.excluded_by == "BUDGET" for decision in expected.values())
    assert len(rows) == sum(len(scores(rows, page)) for page in asked)
    found = {row["page_name"]: int(row["rule_value"]) for row in warehouse.rows(BUDGETS)}
    assert found == {page: count for page, count in dropped.items() if count}
    order = [(row["page_name"], row["bucket"], -row["final_score"], row["caption_id"]) for row in rows]
    assert order == sorted(order)


def test_audit_and_alerts_are_those_of_a_call_for_each_page(warehouse: Warehouse) -> None:
    texts = ["banned", "lowered", "plain"]
    bank = [
        caption(n, ["vip", "mid", "low"][n % 3], ["Solo", "Couple"][n % 2], caption_text=f"{texts[n % 5 % 3]} {n}")
        for n in range(30)
    ]
    warehouse.insert("caption_bank", [*bank, caption(50, "bump")])
    limits: dict[str, Any] = {
        "hard_patterns": ["banned"],
        "soft_patterns": ["lowered", "(oops"],
        "restricted_categories": ["couple"],
    }
    warehouse.insert(
        "creator_caption_restrictions",
        [restriction(**limits), restriction("bella", min_ppv_pool=90, min_bump_pool=5), restriction("cleo", **limits)],
    )
    warehouse.insert("creator_allowed_profile", [profile(ppv_allowed_price_tiers=["mid", "low"])])
    warehouse.insert("creator_content_inventory", [inventory(["Couple"], page="dora")])
    sends = [usage(6, days(1)), usage(8, days(2), "bella"), usage(9, days(3), "dora")]
    warehouse.insert("active_caption_assignments", sends)
    pages = ["alice", "bella", "cleo", "dora"]
    for page in pages:
        warehouse.call("select_captions_for_creator_at", page, "Standard", 40, None, 0, 2, NOW)
    expected = rows_of(warehouse)
    warehouse.rows(f"TRUNCATE TABLE {DATASET}.caption_filter_audit_log; TRUNCATE TABLE {DATASET}.automation_alerts")
    call(warehouse, [request(page, {"budget": 40, "premium": 0, "bump": 2}) for page in pages], "RANDOM")

    assert rows_of(warehouse) == expected
    kinds = {message.split("|")[0].split(":")[0] for _, _, message in expected[1]}
    assert kinds == {"selection_shortfall", "pool_low", "restriction_pattern_invalid"}
    assert warehouse.value(f"SELECT COUNT(DISTINCT workflow_id) FROM {DATASET}.caption_filter_audit_log") == 1


def rows_of(warehouse: Warehouse) -> tuple[Counter[str], Counter[tuple[str, ...]]]:
    audit = Counter(repr(sorted(row.items())) for row in warehouse.rows(AUDIT))
    alerts = Counter(tuple(row.values()) for row in warehouse.rows(ALERTS))
    assert audit
    return audit, alerts


@pytest.mark.parametrize("requests", [[], [request(None, SEVERAL), request("a b", SEVERAL), request("", SEVERAL)]])
def test_no_page_selects_nothing_and_writes_nothing(warehouse: Warehouse, requests: list[Row]) -> None:
    warehouse.insert("caption_bank", [caption(1), caption(2, "bump")])
    assert call(warehouse, requests) == []
    assert warehouse.rows(f"CALL {DATASET}.select_captions_for_creators_at(NULL, @now, 'MEAN')", now=NOW) == []
    assert warehouse.rows(AUDIT) == warehouse.rows(ALERTS) == []


def test_of_a_page_named_twice_the_first_request_counts_and_null_asks_for_nothing(warehouse: Warehouse) -> None:
    """Names are compared without case and spaces; a null segment is neutral; the other pages get all they ask for."""
    warehouse.insert("caption_bank", [caption(n, "vip", f"C{n}") for n in range(6)])
    requests = [
        request(" Alice ", {"premium": 1}, "High-Value/Price-Insensitive"),
        request("alice", {"premium": 5}),
        request("bella", {"premium": 2}, None),
        request("cleo"),
        request("dora", {"premium": -3, "mid": -(2**63)}),
    ]
    rows = call(warehouse, requests)
    assert [(row["page_name"], row["caption_id"]) for row in rows] == [("alice", 0), ("bella", 0), ("bella", 1)]
    assert {row["debug_info"]["segment_multiplier"] for row in rows[1:]} == {1}
    assert warehouse.rows(ALERTS) == []


def test_pages_draw_by_themselves(warehouse: Warehouse) -> None:
    """A caption that nobody knows has another rate on each page and at each call."""
    warehouse.insert("caption_bank", [caption(n, category=f"C{n}") for n in range(120)])
    asked = [request(page, {"mid": 120}) for page in ("alice", "bella")]
    first, second = call(warehouse, asked, "RANDOM"), call(warehouse, asked, "RANDOM")
    drawn = [scores(rows, page) for rows in (first, second) for page in ("alice", "bella")]
    assert [len(found) for found in drawn] == [120] * 4
    for one in range(4):
        for other in range(one):
            assert sum(drawn[one][n] == drawn[other][n] for n in range(120)) < 5


def test_the_public_form_selects_as_of_now(warehouse: Warehouse) -> None:
    warehouse.insert("caption_bank", [caption(1)])
    rows = warehouse.call("select_captions_for_creators", [request(page, {"mid": 1}) for page in ("alice", "bella")])
    assert [(row["page_name"], row["caption_id"]) for row in rows] == [("alice", 1), ("bella", 1)]


def test_each_caption_comes_with_the_trigger_of_its_text(warehouse: Warehouse) -> None:
    """The first rule that holds: urgency needs the bank's word too, and only whole words count."""
    texts = [
        ("Only today, for a VIP", True, "Urgency"),
        ("Only today", False, "General"),
        ("A vip tape that everyone wants", None, "Exclusivity"),
        ("Last chance, everyone", False, "Scarcity"),
        ("fans love it?", False, "Social Proof"),
        ("Snow or sun?", True, "Curiosity"),
        ("Snow", True, "General"),
    ]
    bank = [
        caption(n, category=f"C{n}", caption_text=text, has_urgency=urgent) for n, (text, urgent, _) in enumerate(texts)
    ]
    warehouse.insert("caption_bank", bank)
    expected = {n: trigger for n, (_, _, trigger) in enumerate(texts)}
    many = call(warehouse, [request("alice", {"mid": 9})])
    assert {row["caption_id"]: row["psychological_trigger"] for row in many} == expected
    alone = warehouse.call("select_captions_for_creator_at", "alice", "Standard", 0, 9, 0, 0, NOW)
    assert {row["caption_id"]: row["psychological_trigger"] for row in alone} == expected
