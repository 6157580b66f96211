"""A builder is killed before each of its changes, and in the middle of some: the next sweep leaves nothing half."""

from __future__ import annotations

import pickle
import signal
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from operations.locks import lock_captions
from operations.weeks import week_building
from operations.weeks.errors import WeekHasSchedule
from operations.weeks.queue import GRACE, LEASE
from operations.weeks.sweeping import Sweep, Swept
from operations.weeks.week_building import Builder
from operations.weeks.week_statements import Statements
from scheduling import profiles
from scheduling.model import WeekRequest
from tests.sql.captions import NOW
from tests.sql.emulator import ROOT
from tests.sql.warehouse import DATASET, Warehouse
from tests.sql.weeks.test_building_weeks import HELD, QUEUE, STORED, TERMS, ready

__all__ = ["ready"]
# Nothing here is about which captions a page gets.
pytestmark = pytest.mark.usefixtures("selected_once")
TABLES = ("schedule_generation_queue", "schedule_recommendations", "active_caption_assignments")
DONE = Swept(completed=1, given_up=0, freed=0)
LATER = NOW + LEASE + GRACE + timedelta(minutes=1)


class Killed(BaseException):
    """The process is gone: nothing of it runs any more."""


class Mortal(Statements):
    """Ends before its change of this number, and from then on; the caption lock is one of them.

    Between two changes it does not matter when a builder dies.
    """

    def __init__(self, warehouse: Warehouse, last: int) -> None:
        super().__init__(warehouse.client, warehouse.place)
        self._left = last

    def step(self) -> None:
        self._left -= 1
        if self._left < 0:
            raise Killed

    def change(self, sql: str, /, **values: Any) -> int:
        self.step()
        return super().change(sql, **values)


def killed_before(warehouse: Warehouse, number: int, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Whether the builder died before its change of this number; else it was done before."""
    mortal, lock = Mortal(warehouse, number), lock_captions

    def locking(*arguments: Any, **named: Any) -> None:
        mortal.step()
        lock(*arguments, **named)

    with monkeypatch.context() as patch:
        patch.setattr(week_building, "lock_captions", locking)
        try:
            Builder(mortal, profiles.load(ROOT), lambda: NOW).build("alice", TERMS)
        except Killed:
            return True
    return False


def sweep(warehouse: Warehouse, now: datetime) -> Swept:
    return Sweep(Statements(warehouse.client, warehouse.place)).run(now)


def assert_nothing_is_half(warehouse: Warehouse) -> None:
    """Every lock has its active message and every active message with a caption its lock; nobody is at work."""
    stored = warehouse.rows(STORED)
    held = {(row["schedule_id"], row["caption_id"], row["scheduled_send_date"]) for row in warehouse.rows(HELD)}
    active = {row["schedule_id"] for row in stored if row["is_active"]}
    whole = {
        (row["schedule_id"], row["caption_id"], row["scheduled_send_date"])
        for row in stored
        if row["schedule_id"] in active and row["caption_id"] is not None
    }
    assert held == whole
    assert all(row["is_active"] for row in stored if row["schedule_id"] in active)
    assert {row["status"] for row in warehouse.rows(QUEUE)} <= {"PENDING", "COMPLETED"}


def test_wherever_a_builder_is_killed_a_sweep_leaves_nothing_half_and_the_week_is_built_next_time(
    ready: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    number, states = 0, []
    while killed_before(ready, number, monkeypatch):
        states.append(sweep(ready, LATER))
        assert_nothing_is_half(ready)
        ready.rows("; ".join(f"TRUNCATE TABLE {DATASET}.{table}" for table in TABLES))
        number += 1
    # Queued and claimed; then a claim to give up; after the activation one that had succeeded.
    assert states == [*[Swept(0, 0, 0)] * 2, *[Swept(0, 1, 0)] * 4, DONE]
    assert_nothing_is_half(ready)


def test_after_a_sweep_the_page_is_claimed_again_and_its_week_built(
    ready: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert killed_before(ready, 5, monkeypatch)
    assert ready.rows(HELD) != []
    early = sweep(ready, NOW + LEASE)
    assert early == Swept(0, 0, 0), "a claim is not ended while its holder may be at work"
    assert sweep(ready, LATER) == Swept(0, 1, 0)
    assert sweep(ready, LATER) == Swept(0, 0, 0)
    assert ready.rows(HELD) == []
    statements = Statements(ready.client, ready.place)
    made = Builder(statements, profiles.load(ROOT), lambda: LATER).build("alice", TERMS)
    assert_nothing_is_half(ready)
    with pytest.raises(WeekHasSchedule, match=made.schedule.schedule_id):
        Builder(statements, profiles.load(ROOT), lambda: LATER).build("alice", TERMS)


def test_a_builder_that_is_killed_while_the_cloud_is_at_its_change_leaves_nothing_half(
    ready: Warehouse, tmp_path: Path
) -> None:
    """A real process, gone before it knows of its lock, its rows, or that they are active."""
    builder = Builder(Statements(ready.client, ready.place), profiles.load(ROOT), lambda: NOW)
    selected = builder.select(list(builder.wishes(_request(builder)).values()), NOW)
    file = tmp_path / "selected"
    file.write_bytes(pickle.dumps((selected, TERMS.monday)))
    queued, given_up = Swept(0, 0, 0), Swept(0, 1, 0)
    changes = [
        *(("MERGE", queued), ("UPDATE", given_up)),  # the queue's
        *(("CALL", given_up), ("INSERT", given_up), ("INSERT", given_up)),  # locks, rows, how it was built
        *(("UPDATE", DONE), ("UPDATE", Swept(0, 0, 0))),  # active, and the queue's row closed
    ]
    assert len(changes) == 7
    for number, (statement, left) in enumerate(changes):
        command = [sys.executable, "-m", "tests.sql.weeks.mortal_builder", ready.endpoint, str(number), str(file)]
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            assert process.stdout.readline().strip() == statement
            process.kill()
        assert process.returncode == -signal.SIGKILL
        assert sweep(ready, LATER) == left
        assert_nothing_is_half(ready)
        ready.rows("; ".join(f"TRUNCATE TABLE {DATASET}.{table}" for table in TABLES))


def _request(builder: Builder) -> list[WeekRequest]:
    found = builder.requests(["alice"], TERMS)["alice"]
    assert isinstance(found, WeekRequest)
    return [found]
