"""message_facts: each message once, in one vocabulary."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from tests.sql.warehouse import Warehouse

FACTS = "SELECT * FROM eros_scheduling_brain.message_facts ORDER BY row_id"
SENT = datetime(2025, 10, 20, 18, tzinfo=UTC)
COLUMNS = [
    "row_id", "page_name", "sending_time", "la_date", "la_hour", "day_of_week_la", "day_type", "message_type",
    "caption_id", "price", "sent_count", "viewed_count", "purchased_count", "earnings", "view_rate",
    "conversion_rate", "rpr", "emv",
]  # fmt: skip
Row = dict[str, Any]


def message(row_id: int, **values: Any) -> Row:
    return {"row_id": row_id, "page_name": "alice", "sending_time": SENT} | values


def facts(warehouse: Warehouse, *messages: Row) -> list[Row]:
    warehouse.insert("mass_messages", messages)
    return warehouse.rows(FACTS)


def test_a_message_has_these_columns_and_figures(warehouse: Warehouse) -> None:
    row = message(7, page_name=" Alice ", price=9.5, message_type="Bump", caption_id=-(2**63))
    row |= {"sent_count": 1000, "viewed_count": 400, "purchased_count": 20, "earnings": 190.0}
    (found,) = facts(warehouse, row)
    assert list(found) == COLUMNS
    day = {"la_date": SENT.date(), "la_hour": 11, "day_of_week_la": 2, "day_type": "Weekday"}
    names = {"row_id": 7, "page_name": "alice", "sending_time": SENT, "message_type": "PPV", "caption_id": -(2**63)}
    counted = {"price": 9.5, "sent_count": 1000, "viewed_count": 400, "purchased_count": 20, "earnings": 190.0}
    rates = {"view_rate": 0.4, "conversion_rate": 0.05, "rpr": 0.19, "emv": 9.5}
    assert found == day | names | counted | rates


def test_missing_figures_are_zero_and_rates_without_a_base_are_null(warehouse: Warehouse) -> None:
    (found,) = facts(warehouse, message(1))
    zero = ["price", "sent_count", "viewed_count", "purchased_count", "earnings", "emv"]
    null = ["view_rate", "conversion_rate", "rpr", "caption_id"]
    assert [found[name] for name in zero] == [0] * len(zero)
    assert [found[name] for name in null] == [None] * len(null)


def test_messages_without_page_or_time_are_dropped(warehouse: Warehouse) -> None:
    lost: list[dict[str, Any]] = [{"page_name": None}, {"page_name": ""}, {"page_name": "   "}, {"sending_time": None}]
    found = facts(warehouse, *(message(n, **values) for n, values in enumerate(lost)), message(10))
    assert [row["row_id"] for row in found] == [10]


def test_a_message_is_ppv_by_its_type_or_by_its_price(warehouse: Warehouse) -> None:
    kinds = [
        ("PPV", None, "PPV"),
        ("ppv ", 0, "PPV"),
        ("Unlock", None, "PPV"),
        (None, 5, "PPV"),
        ("Free content", 0.01, "PPV"),
        ("Bump", None, "Bump"),
        ("Photo bump", 0, "Bump"),
        (None, None, "Bump"),
        ("", -1, "Bump"),
    ]
    found = facts(warehouse, *(message(n, message_type=kind, price=price) for n, (kind, price, _) in enumerate(kinds)))
    assert [row["message_type"] for row in found] == [expected for *_, expected in kinds]


def test_the_day_is_that_of_los_angeles(warehouse: Warehouse) -> None:
    instants = [
        datetime(2025, 11, 1, 6, 59, 59, tzinfo=UTC),  # Friday, 23:59:59
        datetime(2025, 11, 1, 7, tzinfo=UTC),  # Saturday, 00:00
        datetime(2025, 11, 3, 7, 59, 59, tzinfo=UTC),  # Sunday, 23:59:59 after the clocks went back
        datetime(2025, 11, 3, 8, tzinfo=UTC),  # Monday, 00:00
    ]
    found = facts(warehouse, *(message(n, sending_time=instant) for n, instant in enumerate(instants)))
    days = [(str(row["la_date"]), row["la_hour"], row["day_of_week_la"], row["day_type"]) for row in found]
    assert days == [
        ("2025-10-31", 23, 6, "Weekday"),
        ("2025-11-01", 0, 7, "Weekend"),
        ("2025-11-02", 23, 1, "Weekend"),
        ("2025-11-03", 0, 2, "Weekday"),
    ]


def test_the_own_caption_goes_before_the_matched_one(warehouse: Warehouse) -> None:
    matches = [
        {"row_id": n, "page_name": "alice", "sending_time": SENT, "caption_id": 100 + n, "matched_at": SENT}
        for n in (1, 2)
    ]
    warehouse.insert("message_caption_matches", matches)
    found = facts(warehouse, message(1), message(2, caption_id=7), message(3))
    assert [(row["row_id"], row["caption_id"]) for row in found] == [(1, 101), (2, 7), (3, None)]
