"""Weeks built on the local BigQuery, by the same code and statements as elsewhere."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from operations.locks import Assignment, lock_captions
from operations.weeks import week_building
from operations.weeks.errors import LeaseLost, WeekError, WeekHasSchedule
from operations.weeks.patience import Patience
from operations.weeks.queue import LEASE, Queue
from operations.weeks.storing import PageSchedule, Store
from operations.weeks.week_building import Builder, Terms
from operations.weeks.week_statements import Statements
from scheduling import profiles
from scheduling.errors import SchedulingError
from tests.sql.captions import NOW, TODAY, Row, caption, flag, restriction
from tests.sql.emulator import ROOT
from tests.sql.warehouse import DATASET, Warehouse

MONDAY = date(2025, 11, 10)
TERMS = Terms(MONDAY)
USED = (
    *("schedule_generation_queue", "schedule_recommendations", "active_caption_assignments", "audit_log"),
    *("creator_reports", "active_creators", "holiday_calendar", "caption_bank"),
    *("select_captions_for_creators_at", "caption_selection_at", "lock_caption_assignments_at"),
    *("caption_lock_conflicts_at", "caption_target"),
)
HELD = f"SELECT * FROM {DATASET}.active_caption_assignments WHERE is_active ORDER BY caption_id"
STORED = f"SELECT * FROM {DATASET}.schedule_recommendations ORDER BY scheduled_send_time, message_type"
QUEUE = f"SELECT page_name, status, schedule_id, attempts, error_message FROM {DATASET}.schedule_generation_queue"
REPORT = json.dumps(
    {
        "creator_name": "alice",
        "account_classification": {"size_tier": "MICRO"},
        "behavioral_segment": {"segment_label": "BUDGET"},
        "saturation": {"risk_level": "LOW"},
    }
)


@pytest.fixture
def ready(warehouse: Warehouse) -> Warehouse:
    """A bank of 60 captions and the pages alice and bella, alice with a report of today."""
    warehouse.deploy(*USED)
    for table in ("schedule_generation_queue", "schedule_recommendations", "audit_log", "platform_mutex"):
        warehouse.insert(table, [])
    tiers = ["low", "mid", "premium", "bump"]
    warehouse.insert("caption_bank", [caption(n, tiers[n % 4], f"C{n % 7}") for n in range(60)])
    warehouse.insert("active_creators", [{"page_name": page} for page in ("Alice", "bella")])
    warehouse.insert("creator_reports", [report("alice")])
    warehouse.rows(f"DELETE FROM {DATASET}.active_caption_assignments WHERE TRUE")
    return warehouse


def report(page: str, day: date = TODAY) -> Row:
    return {"page_name": page, "report_date": day, "performance_report": REPORT, "created_at": NOW}


def builder(warehouse: Warehouse, clock: Callable[[], datetime] = lambda: NOW) -> Builder:
    statements = Statements(warehouse.client, warehouse.place)
    return Builder(statements, profiles.load(ROOT), clock, Patience(pauses=()))


def lock_elsewhere(warehouse: Warehouse, caption_id: int) -> None:
    """Another page holds the caption on the Wednesday of the week."""
    sent = Assignment(caption_id, MONDAY + timedelta(days=2), 9)
    lock_captions(warehouse.client, DATASET, f"other{caption_id}", "zoe", [sent], now=NOW)


def test_a_built_week_is_whole_active_locked_and_closed_in_the_queue(ready: Warehouse) -> None:
    made = builder(ready).build("alice", TERMS)
    rows = ready.rows(STORED)
    assert len(rows) == len(made.week.messages)
    assert {(row["schedule_id"], row["page_name"], row["is_active"]) for row in rows} == {
        ("sched_20251104_200000_alice", "alice", True)
    }
    sent = [row for row in rows if row["message_type"] != "Follow up"]
    assert Counter(row["message_type"] for row in sent) == {"PPV": 6, "Bump": 4}
    held = {(row["caption_id"], row["scheduled_send_date"], row["scheduled_send_hour"]) for row in ready.rows(HELD)}
    assert held == {(row["caption_id"], row["scheduled_send_date"], row["scheduled_send_hour"]) for row in sent}
    assert {row["caption_id"] for row in rows if row["message_type"] == "Follow up"} == {None}
    assert all(row["why"] for row in rows)
    assert all("(draw " in row["why"] for row in sent)
    assert [tuple(row.values()) for row in ready.rows(QUEUE)] == [
        ("alice", "COMPLETED", "sched_20251104_200000_alice", 1, None)
    ]
    actions = ready.rows(f"SELECT action FROM {DATASET}.audit_log ORDER BY action")
    assert [row["action"] for row in actions] == ["build", "lock"]


def test_a_preview_writes_nothing(ready: Warehouse) -> None:
    week = builder(ready).preview("alice", TERMS)
    assert len([message for message in week.messages if message.caption]) == 10
    assert [ready.rows(one) for one in (HELD, STORED, QUEUE)] == [[], [], []]
    assert ready.value(f"SELECT COUNT(*) FROM {DATASET}.caption_filter_audit_log") == 0


def test_captions_that_others_lock_meanwhile_are_replaced(ready: Warehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    """Others take all that was planned first; the second plan has none of it."""
    taken: list[set[int]] = []
    lock = lock_captions

    def late(client: Any, dataset: str, schedule: str, page: str, wanted: list[Assignment], **now: Any) -> None:
        if not taken:
            taken.append({one.caption_id for one in wanted[:3]})
            for caption_id in taken[0]:
                lock_elsewhere(ready, caption_id)
        lock(client, dataset, schedule, page, wanted, **now)

    monkeypatch.setattr(week_building, "lock_captions", late)
    made = builder(ready).build("alice", TERMS)
    sent = {message.caption.caption_id for message in made.week.messages if message.caption}
    assert len(sent) == 10
    assert not sent & taken[0]
    mine = {row["caption_id"] for row in ready.rows(HELD) if row["page_name"] == "alice"}
    assert mine == sent


def test_a_caption_that_leaves_the_bank_between_selection_and_lock_is_replaced(
    ready: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone: list[int] = []
    lock = lock_captions

    def late(client: Any, dataset: str, schedule: str, page: str, wanted: list[Assignment], **now: Any) -> None:
        if not gone:
            gone.append(wanted[0].caption_id)
            ready.rows(f"DELETE FROM {DATASET}.caption_bank WHERE caption_id = @gone", gone=gone[0])
        lock(client, dataset, schedule, page, wanted, **now)

    monkeypatch.setattr(week_building, "lock_captions", late)
    made = builder(ready).build("alice", TERMS)
    assert gone[0] not in {message.caption.caption_id for message in made.week.messages if message.caption}


@pytest.mark.usefixtures("selected_once")
@pytest.mark.parametrize("moment", ["lock", "store", "activate"])
def test_a_week_that_fails_leaves_nothing_locked_and_nothing_active(
    ready: Warehouse, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    def fails(*_: Any, **__: Any) -> None:
        raise WeekError("the cloud is gone")

    one = builder(ready)
    target: Any = {"lock": one.queue, "store": one.store, "activate": one.store}[moment]
    monkeypatch.setattr(type(target), {"lock": "keep"}.get(moment, moment), fails)
    with pytest.raises(WeekError, match="the cloud is gone"):
        one.build("alice", TERMS)
    assert ready.rows(HELD) == []
    assert [row for row in ready.rows(STORED) if row["is_active"]] == []
    assert [tuple(row.values()) for row in ready.rows(QUEUE)] == [("alice", "FAILED", None, 1, "the cloud is gone")]


@pytest.mark.usefixtures("selected_once")
def test_a_week_is_built_once_and_again_after_it_is_withdrawn(ready: Warehouse) -> None:
    made = builder(ready).build("alice", TERMS)
    with pytest.raises(WeekHasSchedule, match=made.schedule.schedule_id):
        builder(ready).build("alice", TERMS)
    Store(Statements(ready.client, ready.place)).withdraw(made.schedule, "cancel", "a test", NOW)
    assert ready.rows(HELD) == []
    assert {(row["is_active"], row["status"]) for row in ready.rows(STORED)} == {(False, "archived")}
    again = builder(ready, lambda: NOW + timedelta(minutes=1)).build("alice", TERMS)
    assert again.schedule == PageSchedule("sched_20251104_200100_alice", "alice")


def test_a_page_is_claimed_by_one_and_only_its_holder_activates(ready: Warehouse) -> None:
    queue = Queue(Statements(ready.client, ready.place))
    queue.enqueue(["alice", "bella"], NOW)
    queue.enqueue(["alice"], NOW)
    assert [row["page_name"] for row in ready.rows(f"{QUEUE} ORDER BY page_name")] == ["alice", "bella"]
    queue.skip(["bella"], NOW)
    assert queue.pending(NOW) == ["alice"]
    (claim,) = queue.claim(["alice", "bella"], NOW)
    assert queue.claim(["alice"], NOW + timedelta(seconds=1)) == []
    with pytest.raises(WeekError, match="another builder is at work on alice"):
        builder(ready).build("alice", TERMS)
    week = builder(ready).preview("alice", TERMS)
    queue.renew([claim], NOW + timedelta(minutes=1))
    late = NOW + LEASE + timedelta(minutes=2)
    store = Store(Statements(ready.client, ready.place))
    for _ in range(2):
        store.store(claim, week, {}, NOW)
    assert len(ready.rows(STORED)) == len(week.messages)
    with pytest.raises(LeaseLost):
        store.activate(claim, week, NOW)  # nothing of it is locked
    sent = [
        Assignment(message.caption.caption_id, message.local.date(), message.local.hour)
        for message in week.messages
        if message.caption
    ]
    lock_captions(ready.client, DATASET, claim.schedule_id, "alice", sent, now=NOW)
    with pytest.raises(LeaseLost):
        store.activate(claim, week, late)
    assert {row["is_active"] for row in ready.rows(STORED)} == {False}
    for _ in range(2):
        store.activate(claim, week, NOW)
    assert {row["is_active"] for row in ready.rows(STORED)} == {True}
    queue.end(claim, "FAILED", NOW)
    with pytest.raises(LeaseLost):
        queue.renew([claim], NOW)
    queue.keep(claim, NOW + timedelta(minutes=2))  # renewed a minute ago: nobody is asked
    with pytest.raises(LeaseLost):
        queue.keep(claim, NOW + timedelta(minutes=3))
    done = ready.rows(f"{QUEUE} WHERE page_name = 'bella'")
    assert [tuple(row.values()) for row in done] == [("bella", "COMPLETED", None, 0, "week_has_schedule")]


@pytest.mark.parametrize(
    ("page", "said"),
    [("nobody", "nobody knows the page nobody"), ("bella", "bella has no report")],
)
def test_what_cannot_be_built_is_said_and_claims_nothing(ready: Warehouse, page: str, said: str) -> None:
    with pytest.raises(WeekError, match=said):
        builder(ready).build(page, TERMS)
    assert ready.rows(QUEUE) == []


def test_a_page_whose_captions_are_all_restricted_gets_no_week_and_holds_nothing(ready: Warehouse) -> None:
    ready.insert("creator_caption_restrictions", [restriction(hard_patterns=[".*"])])
    ready.insert("feature_flags", [flag(is_enabled=True)])
    with pytest.raises(SchedulingError, match="alice: no caption was selected for the week of 2025-11-10"):
        builder(ready).build("alice", TERMS)
    assert [ready.rows(one) for one in (HELD, STORED)] == [[], []]
    said = "alice: no caption was selected for the week of 2025-11-10"
    assert [tuple(row.values()) for row in ready.rows(QUEUE)] == [("alice", "FAILED", None, 1, said)]


def test_an_old_report_builds_only_when_neutral_is_asked_for(ready: Warehouse) -> None:
    old = NOW.date() - timedelta(days=2)
    ready.insert("creator_reports", [report("bella", old)])
    with pytest.raises(WeekError, match=f"bella has its last report from {old}"):
        builder(ready).build("bella", TERMS)
    made = builder(ready).build("bella", Terms(MONDAY, neutral=True))
    assert made.week.volume.tier == "MEDIUM"
    assert made.schedule.schedule_id == f"sched_{NOW.astimezone(UTC):%Y%m%d_%H%M%S}_bella"
