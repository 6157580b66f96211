"""Messages find their caption by text: the canonical one, once, and only where the source knows none."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.sql.warehouse import Warehouse

NOW = datetime(2025, 11, 4, 20, tzinfo=UTC)
MATCHES = "SELECT * FROM eros_scheduling_brain.message_caption_matches ORDER BY row_id"
Row = dict[str, Any]


def message(row_id: int, text: str | None, **values: Any) -> Row:
    row: Row = {"row_id": row_id, "page_name": "alice", "message": text, "sending_time": NOW - timedelta(days=row_id)}
    return row | values


def bank(*captions: tuple[int, str]) -> list[Row]:
    return [{"caption_id": caption_id, "caption_text": text} for caption_id, text in captions]


def match(warehouse: Warehouse, now: datetime = NOW) -> list[Row]:
    warehouse.call("seed_mutex", "update_caption_performance", now)
    warehouse.call("match_message_captions", "test", now)
    return warehouse.rows(MATCHES)


def matched(rows: list[Row]) -> dict[int, int]:
    return {row["row_id"]: row["caption_id"] for row in rows}


def test_a_message_finds_the_lowest_caption_with_its_words(warehouse: Warehouse) -> None:
    repeated = [(9, "Hot content!"), (-9007199254740995, "hot   CONTENT"), (3, "🔥 hot content"), (4, "other")]
    warehouse.insert("caption_bank", bank(*repeated, (5, "🔥🔥"), (6, "  ")))
    texts = ["HOT content.", "🔥🔥", "nowhere", "💦", "  ", None, "Other?"]
    warehouse.insert("mass_messages", [message(n, text) for n, text in enumerate(texts, 1)])
    rows = match(warehouse)
    assert matched(rows) == {1: -9007199254740995, 2: 5, 7: 4}
    expected = {"row_id": 7, "page_name": "alice", "sending_time": NOW - timedelta(days=7), "caption_id": 4}
    assert rows[-1] == expected | {"matched_at": NOW}


def test_only_messages_of_the_window_that_lack_a_caption_are_matched(warehouse: Warehouse) -> None:
    warehouse.insert("caption_bank", bank((1, "text")))
    messages = [
        message(1, "text", caption_id=77),
        message(2, "text", sending_time=NOW - timedelta(days=90)),
        message(3, "text", sending_time=NOW - timedelta(days=90) + timedelta(microseconds=1)),
        message(4, "text", sending_time=NOW),
        message(5, "text", sending_time=NOW + timedelta(microseconds=1)),
        message(6, "text", page_name=" Bella "),
        message(7, "text", page_name=None),
        message(8, "text") | {"row_id": None},
    ]
    warehouse.insert("mass_messages", messages)
    rows = match(warehouse)
    assert matched(rows) == {3: 1, 4: 1, 6: 1}
    assert [row["page_name"] for row in rows] == ["alice", "alice", "bella"]


def test_matching_again_writes_nothing(warehouse: Warehouse) -> None:
    warehouse.insert("caption_bank", bank((1, "one"), (2, "two")))
    warehouse.insert("mass_messages", [message(1, "one"), message(2, "two")])
    first = match(warehouse)
    assert match(warehouse, NOW + timedelta(hours=6)) == first
    holder = "SELECT updated_at FROM eros_scheduling_brain.feedback_mutex"
    assert warehouse.value(holder) == NOW, "without news nothing takes the lock"


def test_a_match_follows_the_canonical_caption_of_its_text(warehouse: Warehouse) -> None:
    warehouse.insert("caption_bank", bank((5, "one")))
    warehouse.insert("mass_messages", [message(1, "one")])
    assert matched(match(warehouse)) == {1: 5}
    warehouse.insert("caption_bank", bank((-5, "ONE")))
    assert matched(match(warehouse)) == {1: -5}


def test_a_message_that_the_source_holds_twice_is_matched_once(warehouse: Warehouse) -> None:
    warehouse.insert("caption_bank", bank((1, "one")))
    warehouse.insert("mass_messages", [message(1, "one"), message(1, "one")])
    assert matched(match(warehouse)) == {1: 1}


def test_the_feedback_counts_a_matched_message_once_also_when_the_source_learns_its_caption(
    warehouse: Warehouse,
) -> None:
    figures = {"message_type": "PPV", "sent_count": 10, "viewed_count": 5, "purchased_count": 1, "earnings": 3}
    warehouse.insert("caption_bank", bank((1, "one"), (2, "ONE")))
    warehouse.insert("mass_messages", [message(1, None, caption_id=1) | figures, message(2, "One!") | figures])
    query = "SELECT caption_id, total_observations FROM eros_scheduling_brain.caption_bandit_stats"
    warehouse.call("update_caption_performance_at", NOW)
    assert warehouse.rows(query) == [{"caption_id": 1, "total_observations": 2}]
    warehouse.rows("UPDATE eros_scheduling_brain.mass_messages SET caption_id = 1 WHERE row_id = 2")
    warehouse.call("update_caption_performance_at", NOW)
    assert warehouse.rows(query) == [{"caption_id": 1, "total_observations": 2}]
