"""The report of a page: every section against plain Python, neutral for pages that nobody knows."""

from __future__ import annotations

import json
import random
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from catalog.plan import planned_statements
from tests.sql import reference, reference_saturation
from tests.sql.analyses import close
from tests.sql.messages import LA, Row, caption, message, utc
from tests.sql.warehouse import Warehouse

# Los Angeles has left summer time three days before.
NOW = utc("2025-11-05 07:30")
TODAY = NOW.astimezone(LA).date()
KEYS = [
    "creator_name", "analysis_timestamp", "data_freshness", "account_classification", "behavioral_segment",
    "saturation", "psychological_trigger_analysis", "content_category_performance", "day_of_week_patterns",
    "time_window_optimization", "available_categories",
]  # fmt: skip
TRIGGER = (
    "psychological_trigger", "msg_count", "avg_rpr", "avg_conv", "rpr_lift_pct", "conv_lift_pct", "conv_stat_sig",
    "rpr_stat_sig",
)  # fmt: skip
CONTENT = (
    "content_category", "price_tier", "msg_count", "avg_rpr", "avg_conv", "trend_direction", "trend_pct",
    "price_sensitivity_corr", "best_price_tier",
)  # fmt: skip
CALL = "CALL eros_scheduling_brain.analyze_creator_performance_at"


def bank() -> list[Row]:
    """Captions of all triggers in 18 combinations of category and tier."""
    lines = ["Only today", "VIP club", "only 3 left", "everyone loves it", "want more?", "plain"]
    combinations = [(category, tier) for category in "ABCDEF" for tier in ("budget", "mid", "premium")]
    return [
        caption(lines[n % 6], content_category=category, price_tier=tier, has_urgency=n % 6 == 0)
        for n, (category, tier) in enumerate(combinations)
    ]


def sources(captions: list[Row]) -> list[Row]:
    """300 messages of alice at all hours and prices, some of a rival, one dated in the future, one too old."""
    chance = random.Random(5)
    rows = [
        message(
            page,
            NOW - timedelta(seconds=chance.randint(60, 86 * 86_400)),
            sent_count=chance.randint(100, 20_000),
            viewed_count=chance.randint(20, 90),
            purchased_count=chance.randint(0, 15),
            earnings=float(chance.randint(0, 900)),
            price=chance.choice([0, 5, 9.99, 20]),
            caption_id=chance.choice([None, *(row["caption_id"] for row in captions)]),
        )
        for page, count in (("alice", 300), ("rival", 60))
        for _ in range(count)
    ]
    edges = [message("alice", NOW + timedelta(hours=1), earnings=1e9), message("alice", utc("2025-08-01 00:00"))]
    return [*rows, *edges, message("rival", utc("2025-11-05 07:29"))]


def inventory(day: date, created: datetime | None, categories: list[str], page: str = "Alice ") -> Row:
    return {
        "page_name": page,
        "inventory_date": day,
        "available_categories": categories,
        "total_content_pieces": 1,
        "inventory_quality_score": 0.5,
        "vault_audit_date": day,
        "created_at": created,
    }


def analyse(warehouse: Warehouse, page: str | None, now: datetime = NOW) -> dict[str, Any]:
    script = f"DECLARE v_report STRING; {CALL}(@page, v_report, @now); SELECT v_report AS report;"
    if page is None:
        script = script.replace("@page", "NULL")
        ((text,),) = (row.values() for row in warehouse.rows(script, now=now))
    else:
        ((text,),) = (row.values() for row in warehouse.rows(script, page=page, now=now))
    report: dict[str, Any] = json.loads(text)
    return report


UNKNOWN = ["nobody", None, "", "alice' OR '1'='1", "`x`; DROP TABLE mass_messages; --\\"]


class World:
    """The data of this module, the report that alice gets, and those of pages that nobody knows."""

    def __init__(self, warehouse: Warehouse) -> None:
        self.captions = bank()
        self.sources = sources(self.captions)
        self.bank = {row["caption_id"]: row for row in self.captions}
        warehouse.insert("caption_bank", self.captions)
        warehouse.insert("mass_messages", self.sources)
        warehouse.insert(
            "creator_content_inventory",
            [
                inventory(date(2025, 10, 1), NOW, ["Old"]),
                inventory(date(2025, 11, 1), NOW - timedelta(days=1), ["Replaced"]),
                inventory(date(2025, 11, 1), NOW, ["Solo", "Feet", "Solo"]),
                inventory(date(2025, 11, 4), NOW, ["Others"], page="rival"),
            ],
        )
        self.report = analyse(warehouse, " ALICE ")
        self.unknown = {page: analyse(warehouse, page) for page in UNKNOWN}

    def window(self) -> list[Row]:
        return reference.window(self.sources, "alice", 90, NOW)


@pytest.fixture(scope="module")
def world(deployed_warehouse: Warehouse) -> World:
    deployed_warehouse.clean()
    world = World(deployed_warehouse)
    deployed_warehouse.clean()
    return world


def pick(row: Row, names: tuple[str, ...], **renamed: str) -> Row:
    """The named values in their order, some under another name."""
    return {renamed.get(name, name): row[name] for name in names}


def test_keys_stand_in_the_agreed_order(world: World) -> None:
    # defect: C2
    assert list(world.report) == KEYS


def test_the_head_names_page_instant_and_the_freshest_message_of_all_pages(world: World) -> None:
    assert world.report["creator_name"] == "alice"
    assert world.report["analysis_timestamp"] == "2025-11-05T07:30:00Z"
    assert world.report["data_freshness"] == "2025-11-05T07:29:00Z"


def test_size_segment_and_saturation_are_those_of_the_table_functions(world: World) -> None:
    [size] = reference.classify_account_size(world.window(), 90)
    [segment] = reference.analyze_behavioral_segments(world.window(), world.bank)
    known = [reference.facts(row) for row in world.sources if row["sending_time"] <= NOW]
    own = [row for row in known if row["page_name"] == "alice"]
    others = [row for row in known if row["page_name"] != "alice"]
    score = reference_saturation.calculate_saturation_score(own, others, size["size_tier"], TODAY, {})
    assert world.report["account_classification"] == close(size)
    assert world.report["behavioral_segment"] == close(segment)
    assert world.report["saturation"] == close(score)


def test_triggers_come_best_lift_first(world: World) -> None:
    rows = reference.analyze_trigger_performance(world.window(), world.bank)
    rows.sort(key=lambda row: (-row["rpr_lift_pct"], row["psychological_trigger"]))
    assert len(rows) == 6
    assert world.report["psychological_trigger_analysis"] == close([pick(row, TRIGGER) for row in rows])


def test_the_fifteen_best_categories_come_best_first(world: World) -> None:
    rows = reference.analyze_content_categories(world.window(), world.bank, NOW)
    rows.sort(key=lambda row: (-row["avg_rpr"], row["content_category"], row["price_tier"]))
    assert len(rows) == 18
    assert world.report["content_category_performance"] == close([pick(row, CONTENT) for row in rows[:15]])


def test_weekdays_come_sunday_first(world: World) -> None:
    rows = sorted(reference.analyze_day_patterns(world.window()), key=lambda row: row["day_of_week_la"])
    names = ("day_of_week_la", "n", "avg_rpr", "avg_conv", "t_rpr_approx", "rpr_stat_sig")
    expected = [pick(row, names, n="msg_count", t_rpr_approx="t_statistic") for row in rows]
    assert [row["day_of_week_la"] for row in expected] == [1, 2, 3, 4, 5, 6, 7]
    assert world.report["day_of_week_patterns"] == close(expected)


def test_the_twenty_best_hours_come_best_first(world: World) -> None:
    rows = reference.analyze_time_windows(world.window())
    rows.sort(key=lambda row: (-row["avg_rpr"], row["day_type"], row["hour_la"]))
    names = ("day_type", "hour_la", "n", "avg_rpr", "avg_conv", "confidence")
    assert len(rows) > 20
    expected = [pick(row, names, n="msg_count", hour_la="hour_24") for row in rows[:20]]
    assert world.report["time_window_optimization"] == close(expected)


def test_available_categories_are_those_of_the_newest_inventory(world: World) -> None:
    # defect: C5
    assert world.report["available_categories"] == ["Feet", "Solo"]


NEUTRAL_SEGMENT = dict.fromkeys(
    ("avg_rpr", "avg_conv", "rpr_price_slope", "rpr_price_corr", "conv_price_elasticity_proxy", "category_entropy")
)
NEUTRAL: dict[str, Any] = {
    "analysis_timestamp": "2025-11-05T07:30:00Z",
    "data_freshness": "2025-11-05T07:29:00Z",
    "account_classification": None,
    "behavioral_segment": {"segment_label": "EXPLORATORY", **NEUTRAL_SEGMENT, "sample_size": 0},
    "saturation": {
        "saturation_score": 0,
        "risk_level": "LOW",
        "unlock_rate_deviation": 0,
        "emv_deviation": 0,
        "consecutive_underperform_days": 0,
        "recommended_action": "NO CHANGE",
        "volume_adjustment_factor": 1,
        "confidence_score": 0,
        "exclusion_reason": "INSUFFICIENT_DATA",
    },
    "psychological_trigger_analysis": [],
    "content_category_performance": [],
    "day_of_week_patterns": [],
    "time_window_optimization": [],
    "available_categories": [],
}


@pytest.mark.parametrize("page", UNKNOWN)
def test_a_page_that_nobody_knows_gets_a_neutral_report(world: World, page: str | None) -> None:
    name = None if page is None else page.lower()
    assert world.unknown[page] == {"creator_name": name} | NEUTRAL


def test_the_report_reads_the_messages_in_two_statements(deployed_warehouse: Warehouse) -> None:
    """BigQuery bills each statement for all that it reads, and refuses plans that read too often."""
    catalog = deployed_warehouse.catalog
    planned = planned_statements(catalog.objects, catalog.routines["analyze_creator_performance_at"])
    assert [one.counts["mass_messages"] for one in planned] == [5, 4]


def test_the_public_form_reports_as_of_now(warehouse: Warehouse) -> None:
    before = datetime.now(UTC).replace(microsecond=0)
    call = "DECLARE v_report STRING; CALL eros_scheduling_brain.analyze_creator_performance('nobody', v_report);"
    report = json.loads(warehouse.value(f"{call} SELECT v_report AS report;"))
    assert before <= datetime.fromisoformat(report["analysis_timestamp"]) <= datetime.now(UTC)
    assert report["data_freshness"] is None
