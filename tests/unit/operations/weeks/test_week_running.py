"""A run over the queue, with a cloud that fails where the test says."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest

from operations.errors import CloudError
from operations.weeks.errors import WeekError
from operations.weeks.patience import Patience
from operations.weeks.queue import Claim
from operations.weeks.selecting import Wish
from operations.weeks.storing import PageSchedule
from operations.weeks.sweeping import Sweep
from operations.weeks.week_building import Builder, PublishedWeek, Terms
from operations.weeks.week_runs import BREAKER, RunOutcome, WeekRunner, is_well, summary
from scheduling import profiles
from scheduling.model import PageReport, SelectedCaption, WeekRequest
from scheduling.week import build_week

NOW = datetime(2025, 11, 4, 20, tzinfo=UTC)
MONDAY = date(2025, 11, 10)
PROFILE = profiles.load(Path(__file__).parents[4])
Fails = Callable[[str], Exception | None]


class Queue:
    """Remembers what was asked of it."""

    def __init__(self, pages: Sequence[str]) -> None:
        self.pages, self.ended, self.renewed = list(pages), dict[str, str](), list[list[str]]()
        self.skipped: list[str] = []
        self.queued: list[str] = []

    def pending(self, now: datetime) -> list[str]:
        return self.pages

    def enqueue(self, pages: Sequence[str], now: datetime) -> None:
        self.queued += pages

    def skip(self, pages: Sequence[str], now: datetime) -> None:
        self.skipped += pages

    def claim(self, pages: Sequence[str], now: datetime) -> list[Claim]:
        return [Claim(page, f"sched_{page}", 1) for page in pages]

    def renew(self, claims: Sequence[Claim], now: datetime) -> None:
        self.renewed.append([claim.page for claim in claims])

    def end(self, claim: Claim, status: str, now: datetime, *, schedule: str = "", reason: str = "") -> None:
        self.ended[claim.page] = status


class Cloud:
    """As much of a builder as a run calls: every page is built unless it fails, and selections are counted."""

    profile = PROFILE

    def __init__(self, pages: Sequence[str], fails: Fails = lambda _: None, bank: int = 4000) -> None:
        self.queue, self.pages, self.store = Queue(pages), self, self
        self.fails, self.bank = fails, bank
        self.unknown: set[str] = set()
        self.has_week: dict[str, str] = {}
        self.selections: list[list[str]] = []
        self.given_up: list[str] = []
        self.side_by_side, self.most_side_by_side, self.guard = 0, 0, threading.Lock()

    def creators(self) -> list[str]:
        return self.queue.pages

    def active(self, pages: Sequence[str], monday: date) -> dict[str, str]:
        return {page: id_ for page, id_ in self.has_week.items() if page in pages}

    def requests(self, pages: Sequence[str], terms: Terms) -> dict[str, WeekRequest | WeekError]:
        return {
            page: WeekError(f"nobody knows {page}")
            if page in self.unknown
            else WeekRequest(PageReport(page, "MICRO", "STANDARD", "LOW"), terms.monday, ())
            for page in pages
        }

    def wishes(self, requests: Sequence[WeekRequest]) -> dict[str, Wish]:
        return {one.report.page_name: Wish(one.report, 40) for one in requests}

    def select(self, wishes: Sequence[Wish], now: datetime) -> dict[str, tuple[SelectedCaption, ...]]:
        """Every page is offered the same captions, each time others."""
        self.selections.append([wish.report.page_name for wish in wishes])
        first = self.bank * len(self.selections)
        tiers = ("low", "mid", "premium", "bump")
        found = tuple(SelectedCaption(first + n, tiers[n % 4], f"C{n % 5}") for n in range(self.bank))
        return {wish.report.page_name: found for wish in wishes}

    def publish(self, claim: Claim, request: WeekRequest, wish: Wish) -> PublishedWeek:
        with self.guard:
            self.side_by_side += 1
            self.most_side_by_side = max(self.most_side_by_side, self.side_by_side)
        try:
            if error := self.fails(claim.page):
                raise error
            return PublishedWeek(PageSchedule(claim.schedule_id, claim.page), build_week(request, PROFILE))
        finally:
            with self.guard:
                self.side_by_side -= 1

    def give_up(self, claim: Claim, error: BaseException, *, tries_again: bool) -> None:
        assert tries_again
        self.given_up.append(claim.page)

    def run(
        self, clock: Callable[[], datetime] = lambda: NOW, *, everybody: bool = False, parallel: int = 1
    ) -> RunOutcome:
        runner = WeekRunner(cast(Builder, self), cast(Sweep, NoSweep()), clock, lambda _: None)
        return runner.run(Terms(MONDAY), everybody=everybody, parallel=parallel)


class NoSweep:
    def run(self, now: datetime) -> None:
        """Nothing is left over."""


def numbered(count: int) -> list[str]:
    return [f"page{n:03d}" for n in range(count)]


def pages_of(outcome: RunOutcome) -> list[str]:
    return [made.schedule.page for made in outcome.made]


def test_a_hundred_pages_are_built_by_one_selection_with_no_caption_twice() -> None:
    cloud = Cloud(numbered(100))
    outcome = cloud.run(parallel=5)
    assert sorted(pages_of(outcome)) == numbered(100)
    assert cloud.selections == [numbered(100)]
    assert cloud.most_side_by_side <= 5
    sent = [m.caption.caption_id for made in outcome.made for m in made.week.messages if m.caption]
    assert len(sent) == len(set(sent)) == 100 * 10
    assert is_well(outcome)
    assert summary(outcome, MONDAY) == "week of 2025-11-10: 100 built, 0 had one, 0 failed"


def test_pages_that_lose_their_captions_to_others_get_a_selection_of_their_own() -> None:
    """The bank offers enough for one page at a time; the third selection is dealt whatever it holds."""
    cloud = Cloud(numbered(3), bank=16)
    outcome = cloud.run()
    assert pages_of(outcome) == numbered(3)
    assert cloud.selections == [numbered(3), numbered(3)[1:], numbered(3)[2:]]


def test_after_five_failures_in_a_row_the_run_stops_and_puts_the_rest_back() -> None:
    cloud = Cloud(numbered(9), fails=lambda page: CloudError(f"no {page}") if page >= "page002" else None)
    outcome = cloud.run()
    assert pages_of(outcome) == numbered(2)
    assert list(outcome.failed) == cloud.given_up == numbered(7)[2:]
    assert outcome.put_back == numbered(9)[7:]
    assert cloud.queue.ended == dict.fromkeys(numbered(9)[7:], "PENDING")
    assert not is_well(outcome)
    assert summary(outcome, MONDAY).endswith(
        "2 built, 0 had one, 5 failed, 2 put back into the queue; stopped after 5 failures in a row"
    )


def test_a_success_between_failures_keeps_the_run_going() -> None:
    cloud = Cloud(numbered(12), fails=lambda page: None if page == "page004" else CloudError("no"))
    assert list(cloud.run().failed) == [*numbered(4), *numbered(10)[5:]]


def test_pages_without_a_report_say_nothing_of_the_others() -> None:
    cloud = Cloud(numbered(BREAKER + 3))
    cloud.unknown = set(numbered(BREAKER + 1))
    outcome = cloud.run()
    assert pages_of(outcome) == numbered(BREAKER + 3)[BREAKER + 1 :]
    assert list(outcome.failed) == cloud.given_up == numbered(BREAKER + 1)


@pytest.mark.parametrize("everybody", [True, False])
def test_pages_that_have_a_schedule_are_done_and_the_monday_run_queues_the_others(everybody: bool) -> None:
    cloud = Cloud(numbered(3))
    cloud.has_week = {"page001": "sched_x_page001"}
    outcome = cloud.run(everybody=everybody)
    assert pages_of(outcome) == ["page000", "page002"]
    assert cloud.queue.skipped == ["page001"]
    assert cloud.queue.queued == (["page000", "page002"] if everybody else [])
    assert outcome.had_schedule == cloud.has_week
    assert is_well(outcome)


def test_an_empty_queue_asks_the_cloud_for_nothing() -> None:
    cloud = Cloud([])
    assert cloud.run() == RunOutcome()
    assert cloud.selections == []


def test_a_selection_that_fails_puts_every_claim_back() -> None:
    cloud = Cloud(numbered(3))

    def fails(wishes: Sequence[Wish], now: datetime) -> Any:
        raise CloudError("the cloud is gone")

    cloud.select = fails  # type: ignore[method-assign]
    with pytest.raises(CloudError):
        cloud.run()
    assert cloud.queue.ended == dict.fromkeys(numbered(3), "PENDING")


def test_pages_that_wait_keep_their_leases() -> None:
    """Each page takes a minute: every second one the rest is renewed."""
    times = (NOW + timedelta(minutes=n / 2) for n in range(10**6))
    cloud = Cloud(numbered(6))
    cloud.run(lambda: next(times))
    assert cloud.queue.renewed
    assert all(set(one) < set(numbered(6)) for one in cloud.queue.renewed)


def test_an_effect_is_tried_again_after_two_four_and_eight_seconds_and_then_its_error_stands() -> None:
    slept: list[float] = []
    tries: list[int] = []

    def effect() -> None:
        tries.append(len(tries))
        raise CloudError(f"try {len(tries)}")

    with pytest.raises(CloudError, match="try 4"):
        Patience(sleep=slept.append)(effect)
    assert slept == [2, 4, 8]
    assert Patience(sleep=slept.append)(lambda: 7) == 7
    with pytest.raises(WeekError):
        Patience(sleep=slept.append)(lambda: (_ for _ in ()).throw(WeekError("no")))
    assert slept == [2, 4, 8], "what the platform refuses is not tried again"
