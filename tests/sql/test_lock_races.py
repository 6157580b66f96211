"""Many callers lock the same caption at the same time, through the client call and the real emulator."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta

import pytest

from operations.errors import LockConflict, LockInvalid
from operations.locks import Assignment, lock_captions
from tests.sql.warehouse import DATASET, Warehouse

NOW = datetime(2025, 11, 4, 20, tzinfo=UTC)
BIG = -9007199254740995
ACTIVE = f"SELECT * FROM {DATASET}.active_caption_assignments WHERE is_active"


@pytest.fixture
def ready(warehouse: Warehouse) -> Warehouse:
    """The warehouse with everything that locking needs and three captions."""
    warehouse.deploy("lock_caption_assignments_at", "caption_lock_conflicts_at")
    ids = [BIG, BIG + 1, BIG + 2]
    warehouse.insert("caption_bank", [{"caption_id": id_, "caption_text": f"Caption {id_}"} for id_ in ids])
    for table in ("active_caption_assignments", "audit_log", "platform_mutex"):
        warehouse.insert(table, [])
    return warehouse


def at_once(count: int, work: Callable[[int], object]) -> dict[int, Exception | None]:
    """What each of `count` calls that start together raised, None for those that succeeded."""
    gate = threading.Barrier(count)

    def attempt(number: int) -> Exception | None:
        gate.wait(60)
        try:
            work(number)
        except Exception as error:
            return error
        return None

    with ThreadPoolExecutor(count) as pool:
        return dict(enumerate(pool.map(attempt, range(count))))


@pytest.mark.parametrize("count", [10, pytest.param(50, marks=pytest.mark.slow)])
def test_of_many_callers_one_locks_and_each_other_sees_one_conflict_that_names_it(ready: Warehouse, count: int) -> None:
    """Pages, days and hours differ; the days lie within a week of each other."""
    client = ready.new_client()

    def lock(number: int) -> None:
        send = Assignment(BIG, date(2025, 11, 10) + timedelta(days=number % 7), number % 24)
        lock_captions(client, DATASET, f"S{number}", f"page{number}", [send], now=NOW)

    outcomes = at_once(count, lock)
    (winner,) = [number for number, error in outcomes.items() if error is None]
    (row,) = ready.rows(ACTIVE)
    assert (row["page_name"], row["schedule_id"], row["caption_id"]) == (f"page{winner}", f"S{winner}", BIG)
    assert ready.value(f"SELECT COUNT(*) FROM {DATASET}.audit_log") == 1
    seen = [
        (type(error), error.caption_id, error.holder_page, error.holder_schedule, error.send_date)
        if isinstance(error, LockConflict)
        else error
        for error in outcomes.values()
        if error is not None
    ]
    holder = (LockConflict, BIG, f"page{winner}", f"S{winner}", row["scheduled_send_date"])
    assert seen == [holder] * (count - 1)


def test_callers_of_different_captions_all_succeed_however_often_they_collide(ready: Warehouse) -> None:
    client = ready.new_client()

    def lock(number: int) -> None:
        send = Assignment(BIG + number, date(2025, 11, 10), 9)
        lock_captions(client, DATASET, f"S{number}", f"page{number}", [send], now=NOW)

    assert set(at_once(3, lock).values()) == {None}
    assert {row["caption_id"] for row in ready.rows(ACTIVE)} == {BIG, BIG + 1, BIG + 2}


def test_the_same_request_sent_many_times_at_once_is_locked_once(ready: Warehouse) -> None:
    client = ready.new_client()
    send = [Assignment(BIG, date(2025, 11, 10), 9)]
    outcomes = at_once(6, lambda _: lock_captions(client, DATASET, "S1", "alice", send, now=NOW))
    assert set(outcomes.values()) == {None}
    assert len(ready.rows(ACTIVE)) == 1
    assert ready.value(f"SELECT COUNT(*) FROM {DATASET}.audit_log") == 1


def test_an_impossible_request_is_refused_with_its_reason(ready: Warehouse) -> None:
    client = ready.new_client()
    send = [Assignment(BIG, date(2025, 11, 3), 9)]
    with pytest.raises(LockInvalid) as caught:
        lock_captions(client, DATASET, "S1", "alice", send, now=NOW)
    assert caught.value.reason == "send date in the past|send_date=2025-11-03"
    with pytest.raises(LockInvalid, match="bad page name"):
        lock_captions(client, DATASET, "S1", "alice'; --", [Assignment(BIG, date(2025, 11, 5), 9)], now=NOW)
    with pytest.raises(LockInvalid, match="no assignments"):
        lock_captions(client, DATASET, "S1", "alice", [])
