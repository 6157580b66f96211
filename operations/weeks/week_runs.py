"""Runs over the queue: all pages that wait, captions selected for all at once, several weeks published side by side."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import date, datetime

from operations.weeks.dealing import deal
from operations.weeks.errors import WeekError
from operations.weeks.queue import HEARTBEAT, Claim
from operations.weeks.selecting import Wish
from operations.weeks.sweeping import Sweep
from operations.weeks.week_building import Builder, PublishedWeek, Terms
from scheduling.model import WeekRequest
from settings.errors import ErosError

# Source: the orchestrator's breaker. What fails for five pages on end will fail for the next.
BREAKER = 5
# Each round selects anew for the pages that lost captions to others of this run.
ROUNDS = 3


@dataclass(slots=True)
class RunOutcome:
    """What became of the pages of a run."""

    made: list[PublishedWeek] = field(default_factory=list)
    had_schedule: dict[str, str] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    put_back: list[str] = field(default_factory=list)  # by the breaker
    in_a_row: int = 0

    @property
    def is_broken(self) -> bool:
        """Whether the breaker is open."""
        return self.in_a_row >= BREAKER


@dataclass(frozen=True, slots=True)
class _Work:
    claim: Claim
    request: WeekRequest
    wish: Wish


class WeekRunner:
    """Builds the weeks of all pages that wait; two runners at once share them by their claims."""

    def __init__(
        self, builder: Builder, sweep: Sweep, clock: Callable[[], datetime], say: Callable[[str], None]
    ) -> None:
        self._builder, self._sweep, self._clock, self._say = builder, sweep, clock, say

    def run(self, terms: Terms, *, everybody: bool, parallel: int) -> RunOutcome:
        """Once over the queue; `everybody` first queues all active creators. Errors: CloudError."""
        outcome, queue = RunOutcome(), self._builder.queue
        self._sweep.run(self._clock())
        pages = self._builder.pages.creators() if everybody else queue.pending(self._clock())
        outcome.had_schedule = self._builder.store.active(pages, terms.monday) if pages else {}
        if outcome.had_schedule:
            queue.skip(sorted(outcome.had_schedule), self._clock())
        pages = [page for page in pages if page not in outcome.had_schedule]
        if not pages:
            return outcome
        if everybody:
            queue.enqueue(pages, self._clock())
        claims = {claim.page: claim for claim in queue.claim(pages, self._clock())}
        self._build(list(claims.values()), terms, parallel, outcome)
        return outcome

    def _build(self, claims: Sequence[Claim], terms: Terms, parallel: int, outcome: RunOutcome) -> None:
        """Every claim ends: as a week, as a failure, or put back into the queue."""
        waiting = {claim.page: claim for claim in claims}
        try:
            for number in range(ROUNDS):
                if not waiting or outcome.is_broken:
                    break
                works, last = self._works(list(waiting.values()), terms, waiting, outcome), number == ROUNDS - 1
                ready = self._dealt(works, last)
                self._publish(ready, waiting, parallel, outcome)
        finally:
            for claim in waiting.values():
                self._builder.queue.end(claim, "PENDING", self._clock(), reason="its run ended early")
                outcome.put_back.append(claim.page)

    def _works(
        self, claims: Sequence[Claim], terms: Terms, waiting: dict[str, Claim], outcome: RunOutcome
    ) -> list[_Work]:
        """The claims that can be built, with what they need; the others fail."""
        requests = self._builder.requests([claim.page for claim in claims], terms)
        good = {page: found for page, found in requests.items() if isinstance(found, WeekRequest)}
        for page, found in requests.items():
            if isinstance(found, WeekError):
                self._builder.give_up(waiting.pop(page), found, tries_again=True)
                self._failed(page, found, outcome, counts=False)
        wishes = self._builder.wishes(list(good.values())) if good else {}
        return [_Work(claim, good[claim.page], wishes[claim.page]) for claim in claims if claim.page in good]

    def _dealt(self, works: Sequence[_Work], last: bool) -> list[_Work]:
        """Those whose captions are there: one selection for all of them."""
        if not works:
            return []
        now = self._clock()
        selected = self._builder.select([work.wish for work in works], now)
        dealt = deal([work.request for work in works], selected, self._builder.profile, last=last)
        by_page = {work.claim.page: work for work in works}
        found = [by_page[request.report.page_name] for request in dealt.ready]
        return [_Work(work.claim, request, work.wish) for work, request in zip(found, dealt.ready, strict=True)]

    def _publish(self, works: Sequence[_Work], waiting: dict[str, Claim], parallel: int, outcome: RunOutcome) -> None:
        """`parallel` at a time; those that wait keep their leases."""
        left = list(works)
        at_work: dict[Future[PublishedWeek], _Work] = {}
        renewed = self._clock()
        with ThreadPoolExecutor(parallel) as pool:
            while at_work or (left and not outcome.is_broken):
                while left and len(at_work) < parallel and not outcome.is_broken:
                    work = left.pop(0)
                    waiting.pop(work.claim.page)
                    at_work[pool.submit(self._one, work)] = work
                done, _ = wait(at_work, timeout=HEARTBEAT.total_seconds(), return_when=FIRST_COMPLETED)
                for future in done:
                    self._ended(at_work.pop(future), future, outcome)
                if waiting and self._clock() - renewed >= HEARTBEAT:
                    renewed = self._clock()
                    self._builder.queue.renew(list(waiting.values()), renewed)

    def _one(self, work: _Work) -> PublishedWeek:
        try:
            return self._builder.publish(work.claim, work.request, work.wish)
        except BaseException as error:
            self._builder.give_up(work.claim, error, tries_again=True)
            raise

    def _ended(self, work: _Work, future: Future[PublishedWeek], outcome: RunOutcome) -> None:
        try:
            made = future.result()
        except ErosError as error:
            self._failed(work.claim.page, error, outcome)
            return
        outcome.in_a_row = 0
        outcome.made.append(made)
        self._say(f"{made.schedule.page}: {made.schedule.schedule_id}, {len(made.week.messages)} messages")

    def _failed(self, page: str, error: ErosError, outcome: RunOutcome, *, counts: bool = True) -> None:
        """A page without a report says nothing of the others: only what failed in the making counts."""
        outcome.failed[page] = error.message
        outcome.in_a_row += counts
        self._say(f"{page}: {error.message}")


def is_well(outcome: RunOutcome) -> bool:
    """Whether every page of the run has its week."""
    return not outcome.failed and not outcome.put_back


def summary(outcome: RunOutcome, monday: date) -> str:
    """One line for people."""
    parts = [f"{len(outcome.made)} built", f"{len(outcome.had_schedule)} had one", f"{len(outcome.failed)} failed"]
    if outcome.put_back:
        parts.append(f"{len(outcome.put_back)} put back into the queue")
    broken = f"; stopped after {BREAKER} failures in a row" if outcome.is_broken else ""
    return f"week of {monday}: {', '.join(parts)}{broken}"
