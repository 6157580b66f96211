"""The export view: 18 columns, and exactly the active rows of schedule_recommendations."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.sql.warehouse import Warehouse

VIEW = "SELECT * FROM eros_scheduling_brain.schedule_recommendations_messages ORDER BY scheduled_send_time"
CREATED = datetime(2025, 11, 3, 9, tzinfo=UTC)
FIRST = datetime(2025, 11, 5, 17, tzinfo=UTC)
BIG = -9007199254740995
COLUMNS = [
    "schedule_id", "page_name", "day_of_week", "scheduled_send_time", "message_type", "caption_id", "caption_text",
    "price_tier", "content_category", "has_urgency", "performance_score", "confidence_lower_bound",
    "confidence_upper_bound", "total_observations", "caption_last_updated", "schedule_created_at",
    "schedule_is_active", "time_slot_rank",
]  # fmt: skip
Row = dict[str, Any]


def recommendation(hour: int, caption_id: int | None, **values: Any) -> Row:
    sent = FIRST + timedelta(hours=hour)
    row: Row = {
        "schedule_id": "S1",
        "page_name": "alice",
        "day_of_week": "Wednesday",
        "scheduled_send_time": sent,
        "scheduled_send_date": sent.date(),
        "scheduled_send_hour": 9 + hour,
        "message_type": "Unlock",
        "caption_id": caption_id,
        "created_at": CREATED,
        "time_slot_rank": hour + 1,
    }
    return row | values


def banked(caption_id: int, text: str = "from the bank", **values: Any) -> Row:
    row: Row = {"caption_id": caption_id, "caption_text": text, "content_category": "Solo", "price_tier": "mid"}
    return row | {"has_urgency": True} | values


def test_a_message_shows_its_caption_and_its_performance_in_18_columns(warehouse: Warehouse) -> None:
    warehouse.insert("schedule_recommendations", [recommendation(0, BIG)])
    warehouse.insert("caption_bank", [banked(BIG), banked(BIG + 1, "of another caption")])
    statistics = {
        "avg_conversion_rate": 0.25,
        "confidence_lower_bound": 0.1,
        "confidence_upper_bound": 0.9,
        "total_observations": 12,
        "last_updated": CREATED,
    }
    other = {"avg_conversion_rate": 0.5, "total_observations": 99, "last_updated": CREATED}
    rows = [
        {"page_name": "alice", "caption_id": BIG} | statistics,
        {"page_name": "bella", "caption_id": BIG} | other,
        {"page_name": "alice", "caption_id": BIG + 1} | other,
    ]
    warehouse.insert("caption_bandit_stats", rows)
    (found,) = warehouse.rows(VIEW)
    assert list(found) == COLUMNS
    assert found == {
        "schedule_id": "S1",
        "page_name": "alice",
        "day_of_week": "Wednesday",
        "scheduled_send_time": FIRST,
        "message_type": "Unlock",
        "caption_id": BIG,
        "caption_text": "from the bank",
        "price_tier": "mid",
        "content_category": "Solo",
        "has_urgency": True,
        "performance_score": 0.25,
        "confidence_lower_bound": 0.1,
        "confidence_upper_bound": 0.9,
        "total_observations": 12,
        "caption_last_updated": CREATED,
        "schedule_created_at": CREATED,
        "schedule_is_active": True,
        "time_slot_rank": 1,
    }


def test_messages_without_a_caption_or_with_an_unknown_one_stay(warehouse: Warehouse) -> None:
    warehouse.insert("schedule_recommendations", [recommendation(0, None), recommendation(1, 404)])
    warehouse.insert("caption_bank", [banked(1)])
    found = warehouse.rows(VIEW)
    assert [row["caption_id"] for row in found] == [None, 404]
    assert [row["caption_text"] for row in found] == [None, None]
    assert [row["total_observations"] for row in found] == [None, None]


def test_only_active_rows_are_shown(warehouse: Warehouse) -> None:
    states = [True, False, None]
    rows = [recommendation(n, None, is_active=state) for n, state in enumerate(states)]
    warehouse.insert("schedule_recommendations", rows)
    warehouse.insert("schedule_recommendations", [recommendation(3, None)])
    assert [row["time_slot_rank"] for row in warehouse.rows(VIEW)] == [1, 4], "active is the default"


def test_the_older_editor_fills_in_what_the_bank_does_not_hold(warehouse: Warehouse) -> None:
    warehouse.insert("schedule_recommendations", [recommendation(0, 1), recommendation(1, 2)])
    warehouse.insert("caption_bank", [banked(1, has_urgency=None)])
    older = {"content_category": "Feet", "price_tier": "high", "has_urgency": False}
    warehouse.insert("captions", [{"caption_id": n, "caption_text": f"older {n}"} | older for n in (1, 2)])
    found = warehouse.rows(VIEW)
    shown = [(row["caption_text"], row["price_tier"], row["content_category"], row["has_urgency"]) for row in found]
    assert shown == [("from the bank", "mid", "Solo", False), ("older 2", "high", "Feet", False)]


def test_repeated_rows_of_other_tables_never_multiply_messages(warehouse: Warehouse) -> None:
    warehouse.insert("schedule_recommendations", [recommendation(n, 1) for n in range(3)])
    warehouse.insert("schedule_recommendations", [recommendation(5, None), recommendation(6, None)])
    stamps = [CREATED, CREATED + timedelta(days=1)]
    warehouse.insert("caption_bank", [banked(1, f"text of {stamp:%d}", updated_at=stamp) for stamp in stamps])
    withdrawn = {"is_active": False, "is_deleted": True}
    warehouse.insert("captions", [{"caption_id": 1, "caption_text": "a"} | withdrawn, {"caption_id": 1}, {}])
    repeated = [{"page_name": "alice", "caption_id": 1, "last_updated": stamp} for stamp in stamps]
    warehouse.insert("caption_bandit_stats", repeated)
    found = warehouse.rows(VIEW)
    assert [row["time_slot_rank"] for row in found] == [1, 2, 3, 6, 7]
    assert {row["caption_text"] for row in found[:3]} == {"text of 04"}, "of repeated rows the newest counts"
    assert {row["caption_last_updated"] for row in found[:3]} == {stamps[1]}


def test_without_a_schedule_there_is_no_row(warehouse: Warehouse) -> None:
    warehouse.insert("caption_bank", [banked(1)])
    assert warehouse.rows(VIEW) == []
