"""What the client call does around the SQL: tries, pauses, looks, errors."""

from __future__ import annotations

import time
from collections.abc import Iterable
from datetime import date
from typing import Any, TypeAlias, cast
from unittest.mock import Mock

import pytest
import requests
from google.api_core.exceptions import BadRequest, Forbidden, ServiceUnavailable, TooManyRequests
from google.cloud import bigquery

from operations.errors import CloudError, LockBusy, LockConflict, LockInvalid
from operations.locks import Assignment, lock_captions

CONFLICT = "EROS_LOCK_CONFLICT|caption_id=-9007199254740995|holder_page=bella|holder_schedule=B_1|send_date=2025-11-13"
BUSY = "EROS_BUSY|lock=caption_locks|tries=5|try again|error=Transaction is aborted due to concurrent update"
FREE, LOCKED = (None, False), (None, True)


Answer: TypeAlias = str | Exception | float | None


class Clock:
    """Time that passes only in pauses and in calls that say so."""

    def __init__(self) -> None:
        self.now = 0.0
        self.pauses: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now += seconds


class Client:
    """Answers each CALL with the next of `calls`: None, an error text, an exception, or seconds until it is killed.

    Looks at the state are answered with the next of `states` (conflict, is_locked), then with the last.
    """

    def __init__(
        self, clock: Clock, calls: Iterable[Answer], states: Iterable[tuple[str | None, bool]] = (FREE,)
    ) -> None:
        self.clock, self.calls, self.states = clock, list(calls), list(states)
        self.asked: list[str] = []

    def query(self, sql: str, config: Any, **limits: float) -> Client:
        assert limits["timeout"] >= int(config.job_timeout_ms) / 1000 > 0
        self.asked.append("call" if sql.startswith("CALL") else "look")
        return self

    def result(self, **limits: float) -> list[dict[str, Any]]:
        if self.asked[-1] == "look":
            conflict, is_locked = self.states.pop(0) if len(self.states) > 1 else self.states[0]
            return [{"conflict": conflict, "is_locked": is_locked}]
        answer = self.calls.pop(0) if len(self.calls) > 1 else self.calls[0]
        if isinstance(answer, float):
            self.clock.now += answer
            raise BadRequest("Job execution was cancelled")
        if isinstance(answer, Exception):
            raise answer
        if answer:
            raise BadRequest(answer)
        return []


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(time, "sleep", clock.sleep)
    monkeypatch.setattr(time, "monotonic", lambda: clock.now)
    return clock


def lock(client: Client, dataset: str = "project-1.eros", page: str = "alice") -> None:
    lock_captions(cast(bigquery.Client, client), dataset, "S1", page, [Assignment(1, date(2025, 11, 6), 9)])


def test_a_free_caption_takes_one_look_and_one_call(clock: Clock) -> None:
    client = Client(clock, [None])
    lock(client)
    assert client.asked == ["look", "call"]
    assert clock.pauses == []


def test_what_is_locked_already_is_judged_by_the_procedure_all_the_same(clock: Clock) -> None:
    client = Client(clock, ["EROS_INVALID|send date in the past|send_date=2025-11-03"], [LOCKED])
    with pytest.raises(LockInvalid, match="send date in the past"):
        lock(client)


UNCERTAIN = [
    pytest.param(BUSY, id="others at work"),
    pytest.param(91.0, id="job killed at its time-out, whatever its words"),
    pytest.param(TimeoutError(), id="client gave up"),
    pytest.param(requests.exceptions.ConnectionError(), id="connection lost"),
    pytest.param(ServiceUnavailable("later"), id="service"),
    pytest.param(TooManyRequests("slower"), id="quota"),
]


@pytest.mark.parametrize("answer", UNCERTAIN)
def test_a_call_of_uncertain_end_is_tried_again_after_a_look(clock: Clock, answer: Any) -> None:
    client = Client(clock, [answer, answer, None])
    lock(client)
    assert client.asked == ["look", "call"] * 3
    assert len(clock.pauses) == 2


@pytest.mark.parametrize("answer", UNCERTAIN)
def test_a_call_of_uncertain_end_that_has_locked_after_all_is_a_success(clock: Clock, answer: Any) -> None:
    client = Client(clock, [answer], [FREE, LOCKED])
    lock(client)
    assert client.asked == ["look", "call", "look"]


@pytest.mark.parametrize("answer", UNCERTAIN)
def test_minutes_of_tries_end_with_a_last_look_and_an_error_that_says_to_try_again(clock: Clock, answer: Any) -> None:
    client = Client(clock, [answer])
    with pytest.raises(LockBusy, match="5 minutes") as caught:
        lock(client)
    assert "run it again" in str(caught.value.fix)
    assert client.asked[-2:] == ["call", "look"]
    assert 180 < clock.now < 400


def test_pauses_double_up_to_fifteen_seconds_and_differ_by_half(clock: Clock) -> None:
    with pytest.raises(LockBusy):
        lock(Client(clock, [BUSY]))
    for attempt, pause in enumerate(clock.pauses):
        middle = min(15.0, 0.2 * 2**attempt)
        assert 0.5 * middle <= pause <= 1.5 * middle
    assert len(clock.pauses) > 10


def test_a_holder_that_is_seen_before_a_try_spares_the_try(clock: Clock) -> None:
    client = Client(clock, [], [(CONFLICT, False)])
    with pytest.raises(LockConflict) as caught:
        lock(client)
    error = caught.value
    assert (error.caption_id, error.holder_page, error.holder_schedule) == (-9007199254740995, "bella", "B_1")
    assert error.send_date == date(2025, 11, 13)
    assert client.asked == ["look"]


def test_the_winner_of_a_race_is_named_also_after_a_call_of_uncertain_end(clock: Clock) -> None:
    with pytest.raises(LockConflict):
        lock(Client(clock, [TimeoutError()], [FREE, (CONFLICT, False)]))


@pytest.mark.parametrize(
    "text",
    [CONFLICT, f"{CONFLICT}|ATOMIC ROLLBACK", f"Query error: {CONFLICT}|ATOMIC ROLLBACK at [project.eros.lock:12:3]"],
)
def test_a_conflict_of_the_procedure_is_the_same_error(clock: Clock, text: Any) -> None:
    with pytest.raises(LockConflict) as caught:
        lock(Client(clock, [text]))
    assert caught.value.send_date == date(2025, 11, 13)
    assert clock.pauses == []


@pytest.mark.parametrize(
    "text", ["EROS_INVALID|bad page name at [project.eros.lock:12:3]", "EROS_INVALID|bad page name; reason: x"]
)
def test_an_invalid_request_carries_its_reason_only(clock: Clock, text: str) -> None:
    with pytest.raises(LockInvalid) as caught:
        lock(Client(clock, [text]))
    assert caught.value.reason == "bad page name"


@pytest.mark.parametrize("error", [Forbidden("no access"), BadRequest("Table x was not found|ATOMIC ROLLBACK")])
def test_other_errors_of_the_cloud_are_not_tried_again(clock: Clock, error: Any) -> None:
    client = Client(clock, [error])
    with pytest.raises(CloudError, match=error.message.split("|")[0]):
        lock(client)
    assert client.asked == ["look", "call", "look"]


def test_a_look_that_fails_is_an_error_of_the_cloud(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    client = Client(clock, [None])
    monkeypatch.setattr(client, "result", Mock(side_effect=requests.exceptions.ReadTimeout("no answer")))
    with pytest.raises(CloudError, match="looking at the locks: no answer"):
        lock(client)


@pytest.mark.parametrize(
    "dataset", ["", "a b", "x`; DROP TABLE y; --", "a.b.c`", "a."], ids=["empty", "blank", "statement", "quote", "dot"]
)
def test_a_dataset_that_is_no_name_never_reaches_the_sql(clock: Clock, dataset: str) -> None:
    client = Client(clock, [None])
    with pytest.raises(LockInvalid, match="no dataset"):
        lock(client, dataset)
    assert client.asked == []


def test_the_errors_have_exit_codes_of_their_own() -> None:
    codes = [LockConflict.exit_code, LockInvalid.exit_code, LockBusy.exit_code]
    assert len({*codes, CloudError.exit_code}) == 4
