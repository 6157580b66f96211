"""Publishing one week with a cloud that fails where the test says. The statements are tested on the warehouse."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from operations.errors import CloudError, LockConflict
from operations.locks import Assignment
from operations.weeks import week_building
from operations.weeks.errors import WeekError
from operations.weeks.patience import Patience
from operations.weeks.queue import Claim, Queue
from operations.weeks.selecting import Selection, Wish
from operations.weeks.storing import Store
from operations.weeks.week_building import TRIES, Builder, PublishedWeek
from operations.weeks.week_statements import Statements
from scheduling import profiles
from scheduling.model import PageReport, SelectedCaption, WeekRequest

NOW = datetime(2025, 11, 4, 20, tzinfo=UTC)
CLAIM = Claim("alice", "sched_20251104_200000_alice", 1)
TIERS = ("low", "mid", "premium", "bump")


def captions(first: int, count: int = 40) -> tuple[SelectedCaption, ...]:
    return tuple(SelectedCaption(first + n, TIERS[n % 4], f"C{n % 5}") for n in range(count))


class Cloud:
    """Queue, store, selection and locks in one: it does what is asked, in order, but for what `refuses` says."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, refuses: Sequence[str] = (), *, always: bool = False) -> None:
        self.done: list[str] = []
        self.slept: list[float] = []
        self.locked: list[Assignment] = []
        self.lost: list[int] = []
        self.selections = 0
        self._refuses, self._always = list(refuses), always
        self.dataset, self.client = "project.dataset", None
        monkeypatch.setattr(week_building, "lock_captions", self.lock)

    def _do(self, what: str) -> None:
        if what in self._refuses:
            if not self._always:
                self._refuses.remove(what)
            raise CloudError(f"{what} did not answer")
        self.done.append(what)

    def lock(self, client: Any, dataset: str, id_: str, page: str, wanted: list[Assignment], **_: Any) -> None:
        taken = [one for one in wanted if one.caption_id in self.lost]
        if taken or (self._always and "lock" in self._refuses):
            one = (taken or wanted)[0]
            raise LockConflict(one.caption_id, "zoe", "other", one.send_date)
        self.locked = wanted
        self.done.append("lock")

    def rows(self, sql: str, /, **values: Any) -> list[Any]:
        asked = {row["caption_id"] for row in values["assignments"].rows}
        return [SimpleNamespace(caption_id=one) for one in asked & set(self.lost)]

    def keep(self, claim: Claim, now: datetime) -> None:
        self._do("keep")

    def store(self, claim: Claim, *_: Any) -> None:
        self._do("store")

    def activate(self, claim: Claim, *_: Any) -> None:
        self._do("activate")

    def end(self, claim: Claim, status: str, now: datetime, **_: Any) -> None:
        self._do(f"end {status}")

    def select(self, wishes: Sequence[Wish], now: datetime) -> dict[str, tuple[SelectedCaption, ...]]:
        self.selections += 1
        return {"alice": captions(1000 * self.selections)}

    def publish(self) -> PublishedWeek:
        return self.builder().publish(*self.work())

    def work(self) -> tuple[Claim, WeekRequest, Wish]:
        report = PageReport("alice", "MICRO", "STANDARD", "LOW")
        return CLAIM, WeekRequest(report, date(2025, 11, 10), captions(0)), Wish(report, 40)

    def builder(self) -> Builder:
        profile = profiles.load(Path(__file__).parents[4])
        builder = Builder(cast(Statements, self), profile, lambda: NOW, Patience(sleep=self.slept.append))
        builder.queue, builder.store = cast(Queue, self), cast(Store, self)
        builder._selection = cast(Selection, self)
        return builder


def test_a_week_is_locked_then_stored_then_active_then_done(monkeypatch: pytest.MonkeyPatch) -> None:
    cloud = Cloud(monkeypatch)
    made = cloud.publish()
    assert cloud.done == ["keep", "lock", "keep", "store", "activate", "end COMPLETED"]
    sent = [(m.caption.caption_id, m.local.date(), m.local.hour) for m in made.week.messages if m.caption]
    assert [(one.caption_id, one.send_date, one.send_hour) for one in cloud.locked] == sent
    assert {message.message_type for message in made.week.messages if message.caption} == {"PPV", "Bump"}


def test_weeks_that_are_published_side_by_side_lock_one_after_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """All locks change one row of the cloud: two at once would cancel each other."""
    cloud, builder = Cloud(monkeypatch), Cloud(monkeypatch).builder()
    at_it = threading.Lock()

    def lock(*arguments: Any, **_: Any) -> None:
        assert at_it.acquire(blocking=False), "two at once"
        time.sleep(0.01)  # long enough for the others to come
        at_it.release()

    monkeypatch.setattr(week_building, "lock_captions", lock)
    with ThreadPoolExecutor(5) as pool:
        made = [pool.submit(builder.publish, *cloud.work()) for _ in range(10)]
    assert [week.result().schedule.page for week in made] == ["alice"] * 10


@pytest.mark.parametrize("what", ["keep", "store", "activate", "end COMPLETED"])
def test_an_effect_that_the_cloud_did_not_do_is_done_at_the_next_try(
    monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    cloud = Cloud(monkeypatch, [what, what])
    cloud.publish()
    assert cloud.slept == [2, 4]
    assert cloud.done == ["keep", "lock", "keep", "store", "activate", "end COMPLETED"]


@pytest.mark.parametrize(("what", "after"), [("keep", []), ("store", ["keep", "lock", "keep"])])
def test_what_the_cloud_never_does_ends_the_week_before_it_is_active(
    monkeypatch: pytest.MonkeyPatch, what: str, after: list[str]
) -> None:
    cloud = Cloud(monkeypatch, [what], always=True)
    with pytest.raises(CloudError, match=what):
        cloud.publish()
    assert cloud.done == after


def test_a_week_that_is_active_stays_so_when_its_row_cannot_be_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    cloud = Cloud(monkeypatch, ["end COMPLETED"], always=True)
    assert cloud.publish().schedule.page == "alice"
    assert cloud.done[-1] == "activate"
    assert cloud.slept == [2, 4, 8]


def test_each_lost_caption_is_replaced_by_a_new_selection(monkeypatch: pytest.MonkeyPatch) -> None:
    cloud = Cloud(monkeypatch)
    cloud.lost = [0, 4]
    made = cloud.publish()
    sent = {message.caption.caption_id for message in made.week.messages if message.caption}
    assert len(sent) == 10
    assert not sent & {0, 4}
    assert cloud.selections in (1, 2), "one for each time that something was lost"


def test_what_others_hold_around_the_week_is_planned_no_second_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every third caption of every selection is held: no plan of ten would ever be free of them."""
    cloud = Cloud(monkeypatch)
    cloud.lost = [one for one in range(10_000) if one % 3 == 0]
    sent = {message.caption.caption_id for message in cloud.publish().week.messages if message.caption}
    assert len(sent) == 10
    assert not sent & set(cloud.lost)
    assert cloud.selections == 1


def test_a_page_that_always_loses_gives_up_after_a_bounded_number_of_selections(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    cloud = Cloud(monkeypatch, ["lock"], always=True)
    with pytest.raises(WeekError, match=f"{TRIES} times in a row"):
        cloud.publish()
    assert cloud.selections == TRIES
    assert "store" not in cloud.done
