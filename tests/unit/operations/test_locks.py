"""What the client call does around the SQL: tries, pauses, errors."""

from __future__ import annotations

from datetime import date

import pytest
from google.api_core.exceptions import BadRequest, ServiceUnavailable

from operations import locks
from operations.errors import CloudError, LockBusy, LockConflict, LockInvalid
from operations.locks import Assignment, lock_captions

CONFLICT = "EROS_LOCK_CONFLICT|caption_id=-9007199254740995|holder_page=bella|holder_schedule=B_1|send_date=2025-11-13"
ABORTED = "Transaction is aborted due to concurrent update against table eros.platform_mutex."


class Client:
    """Answers each CALL with the next of `calls` (an error text, or None) and each look-up with that of `checks`."""

    def __init__(self, calls, checks=()):
        self.calls, self.checks, self.asked = list(calls), list(checks), []

    def query(self, sql, config, **limits):
        assert limits["timeout"] > 0
        self.asked.append("call" if sql.startswith("CALL") else "check")
        return self

    def result(self, **limits):
        if self.asked[-1] == "check":
            found = self.checks.pop(0) if self.checks else None
            return [{"message": found}] if found else []
        error = self.calls.pop(0)
        if isinstance(error, Exception):
            raise error
        if error:
            raise BadRequest(error)
        return []


@pytest.fixture
def pauses(monkeypatch):
    taken: list[float] = []
    monkeypatch.setattr(locks.time, "sleep", taken.append)
    return taken


def lock(client, dataset="project-1.eros"):
    lock_captions(client, dataset, "S1", "alice", [Assignment(1, date(2025, 11, 6), 9)])


def test_a_free_caption_takes_one_look_and_one_call(pauses):
    client = Client([None])
    lock(client)
    assert client.asked == ["check", "call"]
    assert pauses == []


@pytest.mark.parametrize(
    "text",
    [
        "cannot rollback - no transaction is active",
        "TransactionContext Error: Failed to commit: conflict|ATOMIC ROLLBACK",
        ABORTED,
        "Job was cancelled due to concurrent changes",
    ],
)
def test_an_aborted_transaction_is_tried_again_after_a_look(pauses, text):
    client = Client([text, text, None])
    lock(client)
    assert client.asked == ["check", "call"] * 3
    assert len(pauses) == 2


def test_eight_tries_then_a_last_look_then_the_caller_is_told(pauses):
    client = Client([ABORTED] * 9)
    with pytest.raises(LockBusy, match="8 tries"):
        lock(client)
    assert client.asked == ["check", "call"] * 8 + ["check"]


def test_pauses_double_up_to_five_seconds_and_differ_by_half(pauses):
    with pytest.raises(LockBusy):
        lock(Client([ABORTED] * 8))
    for attempt, pause in enumerate(pauses):
        middle = min(5.0, 0.1 * 2**attempt)
        assert 0.5 * middle <= pause <= 1.5 * middle
    assert len(pauses) == 8


def test_a_holder_that_is_seen_before_a_try_spares_the_try(pauses):
    client = Client([], checks=[CONFLICT])
    with pytest.raises(LockConflict) as caught:
        lock(client)
    error = caught.value
    assert (error.caption_id, error.holder_page, error.holder_schedule) == (-9007199254740995, "bella", "B_1")
    assert error.send_date == date(2025, 11, 13)
    assert client.asked == ["check"]


def test_the_winner_of_a_race_is_named_also_after_the_last_try(pauses):
    client = Client([ABORTED] * 8, checks=[None] * 8 + [CONFLICT])
    with pytest.raises(LockConflict):
        lock(client)
    assert len(client.asked) == 17


@pytest.mark.parametrize(
    "text",
    [f"{CONFLICT}|ATOMIC ROLLBACK", f"Query error: {CONFLICT}|ATOMIC ROLLBACK at [project.eros.lock:12:3]"],
)
def test_a_conflict_inside_the_transaction_is_the_same_error(pauses, text):
    with pytest.raises(LockConflict) as caught:
        lock(Client([text]))
    assert caught.value.send_date == date(2025, 11, 13)
    assert pauses == []


@pytest.mark.parametrize(
    "text", ["EROS_INVALID|bad page name at [project.eros.lock:12:3]", "EROS_INVALID|bad page name; reason: x"]
)
def test_an_invalid_request_carries_its_reason_only(pauses, text):
    with pytest.raises(LockInvalid) as caught:
        lock(Client([text]))
    assert caught.value.reason == "bad page name"


def test_other_errors_of_the_cloud_are_not_tried_again(pauses):
    client = Client([ServiceUnavailable("try later")])
    with pytest.raises(CloudError, match="try later"):
        lock(client)
    assert client.asked == ["check", "call"]


@pytest.mark.parametrize("dataset", ["", "a b", "x`; DROP TABLE y; --", "a.b.c`", "a."])
def test_a_dataset_that_is_no_name_never_reaches_the_sql(pauses, dataset):
    client = Client([None])
    with pytest.raises(LockInvalid, match="no dataset"):
        lock(client, dataset)
    assert client.asked == []


def test_the_errors_have_exit_codes_of_their_own():
    codes = [LockConflict.exit_code, LockInvalid.exit_code, LockBusy.exit_code]
    assert len({*codes, CloudError.exit_code}) == 4
