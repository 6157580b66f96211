"""Locks: all captions or none, agency-wide, within seven days; refused with a reason or with the holder."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from google.api_core.exceptions import GoogleAPICallError

from tests.sql.warehouse import Warehouse

NOW = datetime(2025, 11, 4, 20, tzinfo=UTC)
TODAY = date(2025, 11, 4)
BIG = -9007199254740995
Row = dict[str, Any]
LOCKS = "SELECT * FROM eros_scheduling_brain.active_caption_assignments ORDER BY scheduled_send_date, caption_id"
AUDIT = "SELECT * FROM eros_scheduling_brain.audit_log ORDER BY entity_id"
INJECTIONS = [
    "x'; DROP TABLE caption_bank; --",
    "alice' OR '1'='1",
    "alice`",
    "a---b",
    "alice|101",
    "",
    "a" * 201,
]


def day(month_day: str) -> date:
    return date.fromisoformat(f"2025-{month_day}")


def request(caption_id: int | None, send_date: date | None, hour: int | None = 9) -> Row:
    return {"caption_id": caption_id, "scheduled_send_date": send_date, "scheduled_send_hour": hour}


def add_bank(warehouse: Warehouse, *ids: int) -> None:
    rows = [{"caption_id": id_, "caption_text": f"Caption {id_}", "price_tier": "Mid"} for id_ in ids]
    warehouse.insert("caption_bank", rows)


def held(page: str, caption_id: int, send_date: date | None, schedule: str | None, **values: Any) -> Row:
    row: Row = {
        "page_name": page,
        "caption_id": caption_id,
        "caption_text": "text",
        "assigned_date": TODAY,
        "scheduled_send_date": send_date,
        "scheduled_send_hour": 9,
        "is_active": True,
        "schedule_id": schedule,
    }
    return row | values


def lock(
    warehouse: Warehouse,
    requests: list[Row] | None,
    schedule: str | None = "S1",
    page: str | None = "alice",
    now: datetime = NOW,
) -> None:
    warehouse.call("lock_caption_assignments_at", schedule, page, requests, now)


def refusal(warehouse: Warehouse, *arguments: Any, **values: Any) -> str:
    """The EROS_ text that refuses the request."""
    with pytest.raises(GoogleAPICallError) as caught:
        lock(warehouse, *arguments, **values)
    found = re.search(r"EROS_[^;\n]*", str(caught.value))
    assert found is not None, caught.value
    return found[0]


def is_free(warehouse: Warehouse, *arguments: Any, **values: Any) -> bool:
    """Whether the request is locked; False when another lock stands against it."""
    try:
        lock(warehouse, *arguments, **values)
    except GoogleAPICallError as error:
        if "EROS_LOCK_CONFLICT|" not in str(error):
            raise
        return False
    return True


def locked(warehouse: Warehouse) -> list[tuple[Any, ...]]:
    return [
        (
            row["page_name"],
            row["caption_id"],
            row["scheduled_send_date"],
            row["scheduled_send_hour"],
            row["schedule_id"],
        )
        for row in warehouse.rows(LOCKS)
        if row["is_active"]
    ]


def test_the_worked_example_value_by_value(warehouse: Warehouse) -> None:
    add_bank(warehouse, 101, 102, BIG)
    warehouse.insert("active_caption_assignments", [held("bella", 102, day("11-13"), "B1")])

    first = refusal(warehouse, [request(101, day("11-06"), 9), request(102, day("11-06"), 21)])
    assert first == "EROS_LOCK_CONFLICT|caption_id=102|holder_page=bella|holder_schedule=B1|send_date=2025-11-13"
    assert len(warehouse.rows(LOCKS)) == 1
    assert warehouse.rows(AUDIT) == []

    wanted = [request(101, day("11-06"), 9), request(BIG, day("11-07"), 9)]
    lock(warehouse, wanted)
    rows = [row for row in warehouse.rows(LOCKS) if row["page_name"] == "alice"]
    assert [row["assignment_key"] for row in rows] == [
        "f164d2771cfac0d186de2280bfb6dfffa3df693cd0a8543d77ff429de5d7dab6",
        "2ee3bf23a2f3f1ca4257be93987ecdab03d9756f9d2647f6455d3af385da4b04",
    ]
    assert [row["caption_id"] for row in rows] == [101, BIG]
    assert [row["expires_at"] for row in rows] == [
        datetime(2025, 11, 7, 8, tzinfo=UTC),
        datetime(2025, 11, 8, 8, tzinfo=UTC),
    ]
    assert {(row["caption_text"], row["price_tier"]) for row in rows} == {
        ("Caption 101", "Mid"),
        (f"Caption {BIG}", "Mid"),
    }
    assert {(row["assigned_date"], row["assigned_at"], row["schedule_id"]) for row in rows} == {(TODAY, NOW, "S1")}
    (audit,) = warehouse.rows(AUDIT)
    assert (audit["action"], audit["entity_type"], audit["entity_id"]) == ("lock", "schedule", "S1")
    assert (audit["page_name"], audit["details"], audit["timestamp"]) == ("alice", "captions=2", NOW)

    before = warehouse.rows(LOCKS)
    lock(warehouse, wanted, now=NOW + timedelta(minutes=5))
    assert warehouse.rows(LOCKS) == before
    assert len(warehouse.rows(AUDIT)) == 1

    fourth = refusal(warehouse, [request(101, day("11-13"), 9)], schedule="S2")
    assert fourth == "EROS_LOCK_CONFLICT|caption_id=101|holder_page=alice|holder_schedule=S1|send_date=2025-11-06"

    lock(warehouse, [request(102, day("11-21"), 9)], schedule="S2")
    assert ("alice", 102, day("11-21"), 9, "S2") in locked(warehouse)


INVALID = [
    ([], "no assignments"),
    ([request(101, TODAY), request(None, TODAY)], "null field"),
    ([request(101, None)], "null field"),
    ([request(101, TODAY, None)], "null field"),
    ([request(101, TODAY, 24)], "hour outside 0-23|hour=24"),
    ([request(101, TODAY, -1)], "hour outside 0-23|hour=-1"),
    ([request(101, TODAY - timedelta(days=1))], "send date in the past|send_date=2025-11-03"),
    ([request(101, TODAY + timedelta(days=367))], "send date more than a year ahead|send_date=2026-11-06"),
    ([request(101, date.max)], "send date more than a year ahead|send_date=9999-12-31"),
    ([request(101, TODAY), request(999, TODAY)], "caption not in the bank|caption_id=999"),
    ([request(101, TODAY), request(101, TODAY)], "caption twice within seven days|caption_id=101"),
    (
        [request(101, TODAY), request(102, TODAY), request(101, TODAY + timedelta(days=7), 10)],
        "caption twice within seven days|caption_id=101",
    ),
]


def test_what_can_never_be_locked_is_refused_with_the_reason_and_nothing_is_written(warehouse: Warehouse) -> None:
    add_bank(warehouse, 101, 102)
    for requests, reason in INVALID:
        assert refusal(warehouse, requests) == f"EROS_INVALID|{reason}", requests
    with pytest.raises(GoogleAPICallError, match=r"EROS_INVALID\|no assignments"):
        warehouse.rows("CALL eros_scheduling_brain.lock_caption_assignments_at('S1', 'alice', NULL, @now)", now=NOW)
    assert warehouse.rows(LOCKS) == warehouse.rows(AUDIT) == []


def test_names_that_are_none_are_refused_and_never_run(warehouse: Warehouse) -> None:
    add_bank(warehouse, 101)
    for text in [*INJECTIONS, None]:
        assert refusal(warehouse, [request(101, TODAY)], page=text) == "EROS_INVALID|bad page name"
        assert refusal(warehouse, [request(101, TODAY)], schedule=text) == "EROS_INVALID|bad schedule id"
    assert warehouse.rows(LOCKS) == []
    assert warehouse.value("SELECT COUNT(*) FROM eros_scheduling_brain.caption_bank") == 1


def test_seven_days_apart_is_held_and_eight_are_free_on_both_sides(warehouse: Warehouse) -> None:
    """Of any page, the caller's own included, whatever the case in which its name was stored."""
    add_bank(warehouse, 1, 2)
    pages = {1: " Bella", 2: "alice"}
    rows = [held(page, caption_id, day("11-20"), "X1") for caption_id, page in pages.items()]
    warehouse.insert("active_caption_assignments", rows)
    for caption_id in pages:
        for shift, free in [(-8, True), (-7, False), (0, False), (7, False), (8, True)]:
            wanted = [request(caption_id, day("11-20") + timedelta(days=shift))]
            assert is_free(warehouse, wanted, schedule=f"S{shift}") is free, (caption_id, shift)
    assert len(locked(warehouse)) == 6


def test_bumps_are_locked_like_any_other_caption(warehouse: Warehouse) -> None:  # defect: L27
    tiers = {1: "bump", 2: "Free", 3: "Mid"}
    bank = [{"caption_id": id_, "caption_text": f"Caption {id_}", "price_tier": tier} for id_, tier in tiers.items()]
    warehouse.insert("caption_bank", bank)
    lock(warehouse, [request(id_, TODAY) for id_ in tiers])
    assert sorted(row[1] for row in locked(warehouse)) == [1, 2, 3]


def test_in_one_batch_a_caption_may_come_again_after_eight_days(warehouse: Warehouse) -> None:
    add_bank(warehouse, 1)
    lock(warehouse, [request(1, TODAY), request(1, TODAY + timedelta(days=8))])
    assert len(locked(warehouse)) == 2


def test_only_active_rows_from_today_on_are_locks(warehouse: Warehouse) -> None:
    """Yesterday's row is no lock though the sweep has not come; cancelled rows and rows without a date never are."""
    rows = [
        (1, held("bella", 1, TODAY, "B1"), False),
        (2, held("bella", 2, TODAY - timedelta(days=1), "B1"), True),
        (3, held("bella", 3, TODAY + timedelta(days=2), "B1", is_active=False, deactivation_reason="CANCELLED"), True),
        (4, held("bella", 4, None, "B1"), True),
        (5, held("bella", 5, TODAY + timedelta(days=2), "B1", is_active=None), True),
    ]
    add_bank(warehouse, *[caption_id for caption_id, _, _ in rows])
    warehouse.insert("active_caption_assignments", [row for _, row, _ in rows])
    assert rows
    for caption_id, _, free in rows:
        assert is_free(warehouse, [request(caption_id, TODAY + timedelta(days=1))]) is free, caption_id


def test_the_first_conflict_by_caption_date_and_page_is_named(warehouse: Warehouse) -> None:
    add_bank(warehouse, -5, 7)
    rows = [
        held("cora", 7, day("11-06"), "C1"),
        held("cora", -5, day("11-08"), "C1"),
        held("dina", -5, day("11-07"), "D1"),
        held("bella", -5, day("11-07"), None),
    ]
    warehouse.insert("active_caption_assignments", rows)
    text = refusal(warehouse, [request(7, day("11-06")), request(-5, day("11-06"))])
    assert text == "EROS_LOCK_CONFLICT|caption_id=-5|holder_page=bella|holder_schedule=|send_date=2025-11-07"


def test_one_conflict_leaves_the_whole_request_unlocked(warehouse: Warehouse) -> None:
    add_bank(warehouse, *range(1, 21))
    warehouse.insert("active_caption_assignments", [held("bella", 20, day("11-10"), "B1")])
    assert not is_free(warehouse, [request(caption_id, day("11-10")) for caption_id in range(1, 21)])
    assert len(warehouse.rows(LOCKS)) == 1


def test_a_retry_that_asks_for_more_adds_only_what_is_missing(warehouse: Warehouse) -> None:
    add_bank(warehouse, 1, 2)
    lock(warehouse, [request(1, day("11-06"))])
    lock(warehouse, [request(1, day("11-06")), request(2, day("11-06"))], now=NOW + timedelta(hours=1))
    assert [(row["caption_id"], row["assigned_at"]) for row in warehouse.rows(LOCKS)] == [
        (1, NOW),
        (2, NOW + timedelta(hours=1)),
    ]
    assert [row["details"] for row in warehouse.rows(AUDIT)] == ["captions=1", "captions=1"]


def test_the_same_assignment_of_another_schedule_is_a_conflict(warehouse: Warehouse) -> None:
    """Also of another page with the same schedule id: the key holds the page."""
    add_bank(warehouse, 1)
    lock(warehouse, [request(1, day("11-06"))], page="Alice ")
    assert not is_free(warehouse, [request(1, day("11-06"))], schedule="S2")
    assert not is_free(warehouse, [request(1, day("11-06"))], page="bella")
    assert not is_free(warehouse, [request(1, day("11-06"), 10)])
    assert locked(warehouse) == [("alice", 1, day("11-06"), 9, "S1")]


def test_a_cancelled_assignment_is_taken_up_by_the_calling_schedule(warehouse: Warehouse) -> None:
    add_bank(warehouse, 1)
    lock(warehouse, [request(1, day("11-06"))])
    cancel = """
        UPDATE eros_scheduling_brain.active_caption_assignments
        SET is_active = FALSE, deactivated_at = @now, deactivation_reason = 'CANCELLED' WHERE caption_id = 1
    """
    warehouse.rows(cancel, now=NOW)
    later = NOW + timedelta(hours=2)
    lock(warehouse, [request(1, day("11-06"))], schedule="S2", now=later)
    (row,) = warehouse.rows(LOCKS)
    assert (row["is_active"], row["schedule_id"], row["assigned_at"]) == (True, "S2", later)
    assert row["deactivated_at"] is row["deactivation_reason"] is None
    assert [row["entity_id"] for row in warehouse.rows(AUDIT)] == ["S1", "S2"]


def test_a_cancelled_assignment_that_another_page_holds_now_is_not_taken_up(warehouse: Warehouse) -> None:
    add_bank(warehouse, 1)
    lock(warehouse, [request(1, day("11-06"))])
    cancel = "UPDATE eros_scheduling_brain.active_caption_assignments SET is_active = FALSE WHERE caption_id = 1"
    warehouse.rows(cancel)
    lock(warehouse, [request(1, day("11-08"))], schedule="B1", page="bella")
    assert not is_free(warehouse, [request(1, day("11-06"))])
    assert [row[0] for row in locked(warehouse)] == ["bella"]


# A day before and on each clock change, 29 February, the end of the year; the instant at which the day ends.
ENDS_OF_DAYS = {
    date(2025, 3, 8): datetime(2025, 3, 9, 8, tzinfo=UTC),
    date(2025, 3, 9): datetime(2025, 3, 10, 7, tzinfo=UTC),
    date(2025, 11, 1): datetime(2025, 11, 2, 7, tzinfo=UTC),
    date(2025, 11, 2): datetime(2025, 11, 3, 8, tzinfo=UTC),
    date(2028, 2, 29): datetime(2028, 3, 1, 8, tzinfo=UTC),
    date(2025, 12, 31): datetime(2026, 1, 1, 8, tzinfo=UTC),
}


def test_a_lock_ends_with_its_day_in_los_angeles(warehouse: Warehouse) -> None:
    """The last second of the day can still be locked, the first of the next day is too late."""
    add_bank(warehouse, *range(len(ENDS_OF_DAYS)))
    for caption_id, (send_date, expires) in enumerate(ENDS_OF_DAYS.items()):
        late = refusal(warehouse, [request(caption_id, send_date)], now=expires)
        assert late == f"EROS_INVALID|send date in the past|send_date={send_date}"
        lock(warehouse, [request(caption_id, send_date, 23)], now=expires - timedelta(seconds=1))
    found = {row["scheduled_send_date"]: (row["expires_at"], row["assigned_date"]) for row in warehouse.rows(LOCKS)}
    assert found == {send_date: (expires, send_date) for send_date, expires in ENDS_OF_DAYS.items()}


def test_the_last_day_that_can_be_locked_is_a_year_ahead(warehouse: Warehouse) -> None:
    add_bank(warehouse, 1)
    lock(warehouse, [request(1, TODAY + timedelta(days=366))])
    assert [row["expires_at"] for row in warehouse.rows(LOCKS)] == [datetime(2026, 11, 6, 8, tzinfo=UTC)]


def test_a_caption_that_the_bank_holds_twice_is_locked_once(warehouse: Warehouse) -> None:
    add_bank(warehouse, 1, 1)
    lock(warehouse, [request(1, TODAY)])
    assert len(warehouse.rows(LOCKS)) == 1


def test_an_error_in_the_transaction_leaves_nothing_behind(warehouse: Warehouse) -> None:
    """The rows of the moments before stay: nothing is undone by deleting what is new."""
    add_bank(warehouse, 1, 2)
    lock(warehouse, [request(1, TODAY)])
    with warehouse.without("audit_log"), pytest.raises(GoogleAPICallError, match=r"ATOMIC ROLLBACK"):
        lock(warehouse, [request(2, TODAY)])
    assert [row[1] for row in locked(warehouse)] == [1]


def test_the_public_form_locks_as_of_now(warehouse: Warehouse) -> None:
    add_bank(warehouse, 1)
    start = datetime.now(UTC)
    tomorrow = start.date() + timedelta(days=1)
    warehouse.call("lock_caption_assignments", "S1", "alice", [request(1, tomorrow)])
    (row,) = warehouse.rows(LOCKS)
    assert row["assigned_at"] >= start
