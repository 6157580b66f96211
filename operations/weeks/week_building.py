"""Building weeks: the order of effects of decision 32, for one page or many.

claim -> select -> plan -> lock -> store -> activate. Whatever goes wrong on the way, what was locked is free again.
"""

from __future__ import annotations

import contextlib
import re
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from operations.display import BUSINESS_ZONE
from operations.errors import CloudError, LockConflict, LockInvalid
from operations.locks import Assignment, lock_captions
from operations.weeks.errors import WeekError, WeekHasSchedule
from operations.weeks.page_facts import Pages, report_of
from operations.weeks.patience import Patience
from operations.weeks.queue import MOST_ATTEMPTS, Claim, Queue, la_date
from operations.weeks.selecting import Selection, Wish
from operations.weeks.storing import PageSchedule, Store
from operations.weeks.week_statements import Statements, Structs
from scheduling.model import BuiltWeek, SelectedCaption, WeekRequest
from scheduling.profile_values import Profile
from scheduling.week import build_week
from settings.errors import ErosError

# Each try selects anew without what was lost; a bank in which five in a row are lost has no captions for the page.
TRIES = 5
NOT_IN_BANK = re.compile(r"caption not in the bank\|caption_id=(-?\d+)")
WEEK_ENDS = timedelta(days=6)
CONFLICTS = """
SELECT DISTINCT c.caption_id
FROM {caption_lock_conflicts_at}(@id, @page, @assignments, @now) AS c
"""


@dataclass(frozen=True, slots=True)
class Terms:
    """What a week is built by, besides what the tables say."""

    monday: date
    seed: int = 0
    neutral: bool = False


@dataclass(frozen=True, slots=True)
class PublishedWeek:
    """An active week."""

    schedule: PageSchedule
    week: BuiltWeek


class Builder:
    """Builds weeks on one warehouse by one profile."""

    def __init__(
        self, warehouse: Statements, profile: Profile, clock: Callable[[], datetime], patience: Patience | None = None
    ) -> None:
        self._warehouse, self.profile, self._clock = warehouse, profile, clock
        self._patiently = patience or Patience()
        self.pages, self.queue, self.store = Pages(warehouse), Queue(warehouse), Store(warehouse)
        self._selection = Selection(warehouse, profile)
        # All who lock captions change one row (decision 7): two at once would cancel each other and try again.
        self._locking = threading.Lock()

    def preview(self, page: str, terms: Terms) -> BuiltWeek:
        """The week as it could be; nothing is written, claimed or locked. Errors: WeekError, SchedulingError."""
        now, request = self._clock(), self._request(page, terms)
        captions = self._selection.preview(self.wishes([request])[page], now)
        return build_week(replace(request, captions=captions), self.profile)

    def build(self, page: str, terms: Terms) -> PublishedWeek:
        """One page's week, active. Errors: WeekError, SchedulingError, LockError, CloudError; then nothing is held."""
        now, request = self._clock(), self._request(page, terms)
        self.queue.enqueue([page], now)
        claims = self.queue.claim([page], now)
        if not claims:
            raise WeekError(f"another builder is at work on {page}", fix="wait for it, then look: eros week show")
        (claim,) = claims
        try:
            wish = self.wishes([request])[page]
            captions = self.select([wish], self._clock())[page]
            return self.publish(claim, replace(request, captions=captions), wish)
        except BaseException as error:
            self.give_up(claim, error, tries_again=False)
            raise

    def _request(self, page: str, terms: Terms) -> WeekRequest:
        """Errors: WeekError, also where the page has an active week already."""
        if active := self.store.active([page], terms.monday).get(page):
            raise WeekHasSchedule(page, terms.monday, active)
        request = self.requests([page], terms)[page]
        if isinstance(request, WeekError):
            raise request
        return request

    def requests(self, pages: Sequence[str], terms: Terms) -> dict[str, WeekRequest | WeekError]:
        """What each page's week is built from, without captions; or why it cannot be built."""
        today = la_date(self._clock())
        found, holidays = self.pages.find(pages, today), self.pages.holidays(terms.monday)
        made: dict[str, WeekRequest | WeekError] = {}
        for page in pages:
            try:
                report = replace(report_of(found[page], today, neutral=terms.neutral), page_name=page)
                made[page] = WeekRequest(report, terms.monday, (), holidays, terms.seed)
            except WeekError as error:
                made[page] = error
        return made

    def wishes(self, requests: Sequence[WeekRequest]) -> dict[str, Wish]:
        """What each page needs of a selection."""
        reports = [request.report for request in requests]
        targets = self.pages.targets(reports)
        return {report.page_name: Wish(report, targets[report.page_name]) for report in reports}

    def select(self, wishes: Sequence[Wish], now: datetime) -> dict[str, tuple[SelectedCaption, ...]]:
        """Captions for all these pages, in one call."""
        return self._patiently(lambda: self._selection.select(wishes, now))

    def publish(self, claim: Claim, request: WeekRequest, wish: Wish) -> PublishedWeek:
        """Plan, lock, store, activate. Captions that others hold by now are replaced, a bounded number of times."""
        lost: set[int] = set()
        for _ in range(TRIES):
            week = build_week(request, self.profile)
            with self._locking:
                self._patiently(lambda: self.queue.keep(claim, self._clock()))
                taken = self._lock(claim, week)
            if not taken:
                break
            lost |= taken
            again = self.select([wish], self._clock())[claim.page]
            pool = _without(lost, (*request.captions, *again))
            lost |= self._held(claim, request.monday, pool)
            request = replace(request, captions=_without(lost, pool))
        else:
            message = f"{claim.page}: others locked captions of its week {TRIES} times in a row"
            raise WeekError(message, fix="build the week again when others are done")
        self._patiently(lambda: self.queue.keep(claim, self._clock()))
        self._patiently(lambda: self.store.store(claim, week, _details(week, request), self._clock()))
        self._patiently(lambda: self.store.activate(claim, week, self._clock()))
        # The week is there: a row of the queue that cannot be closed now is closed by the next sweep.
        with contextlib.suppress(CloudError):
            self._patiently(lambda: self.queue.end(claim, "COMPLETED", self._clock(), schedule=claim.schedule_id))
        return PublishedWeek(PageSchedule(claim.schedule_id, claim.page), week)

    def _held(self, claim: Claim, monday: date, pool: Sequence[SelectedCaption]) -> set[int]:
        """Those of the captions that others hold somewhere around the week.

        A selection looks at the locks around the seven days after it: of a later week it gives what is held there.
        """
        ends = (monday, monday + WEEK_ENDS)
        asked = [Assignment(one.caption_id, day, 12) for one in pool for day in ends]
        return self._conflicts(claim, asked, self._clock())

    def _conflicts(self, claim: Claim, wanted: Sequence[Assignment], now: datetime) -> set[int]:
        asked = {"id": claim.schedule_id, "page": claim.page, "now": now, "assignments": _structs(wanted)}
        return {row.caption_id for row in self._warehouse.rows(CONFLICTS, **asked)}

    def give_up(self, claim: Claim, error: BaseException, *, tries_again: bool) -> None:
        """Ends a claim whose week did not come about: nothing stays locked or active under its schedule."""
        now = self._clock()
        said = error.message if isinstance(error, ErosError) else str(error) or type(error).__name__
        self.store.withdraw(PageSchedule(claim.schedule_id, claim.page), "abandon", said, now)
        again = tries_again and claim.attempts < MOST_ATTEMPTS
        self.queue.end(claim, "PENDING" if again else "FAILED", now, reason=said)

    def _lock(self, claim: Claim, week: BuiltWeek) -> set[int]:
        """Locks the whole week; the captions that somebody else has or that are gone, then none is locked."""
        wanted = _assignments(week)
        now = self._clock()
        try:
            lock_captions(
                self._warehouse.client, self._warehouse.dataset, claim.schedule_id, claim.page, wanted, now=now
            )
        except LockConflict as conflict:
            return {conflict.caption_id} | self._conflicts(claim, wanted, now)
        except LockInvalid as invalid:
            if gone := NOT_IN_BANK.search(invalid.reason):
                return {int(gone[1])}
            raise
        return set()


def _assignments(week: BuiltWeek) -> list[Assignment]:
    """Where the captions stand, by the Los Angeles day and hour of their instants."""
    found = []
    for message in week.messages:
        if message.caption is not None:
            there = message.instant.astimezone(BUSINESS_ZONE)
            found.append(Assignment(message.caption.caption_id, there.date(), there.hour))
    return found


def _structs(wanted: Sequence[Assignment]) -> Structs:
    rows: list[Mapping[str, Any]] = [
        {"caption_id": one.caption_id, "scheduled_send_date": one.send_date, "scheduled_send_hour": one.send_hour}
        for one in wanted
    ]
    return Structs({"caption_id": "INT64", "scheduled_send_date": "DATE", "scheduled_send_hour": "INT64"}, rows)


def _without(lost: set[int], captions: Sequence[SelectedCaption]) -> tuple[SelectedCaption, ...]:
    """Each caption once, the newest draw of it, and none of the lost."""
    return tuple({one.caption_id: one for one in captions if one.caption_id not in lost}.values())


def _details(week: BuiltWeek, request: WeekRequest) -> dict[str, Any]:
    """How the week was built, for whoever asks why."""
    return {
        "monday": str(week.monday),
        "profile": week.profile,
        "seed": request.seed,
        "tier": week.volume.tier,
        "zone": week.volume.zone,
        "ppv": week.volume.ppv,
        "bump": week.volume.bump,
        "messages": len(week.messages),
        "gap_minutes": week.volume.gap_minutes,
        "most_a_day": week.volume.most_a_day,
        "split": dict(week.volume.split),
        "gave_way": [{"rule": one.rule.value, "reason": one.reason} for one in week.gave_way],
    }
