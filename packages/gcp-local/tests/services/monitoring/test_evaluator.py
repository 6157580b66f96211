"""The thread that evaluates in the background: when it has something to do, and that nothing ends it."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest

from gcp_local.services.cloud import Cloud
from gcp_local.services.monitoring import evaluation, evaluator, matched_logs, notifications
from gcp_local.services.monitoring.evaluator import Evaluator

if TYPE_CHECKING:
    from services.conftest import Clock
    from services.monitoring.conftest import Watched

LOG = 'jsonPayload.message:"stale"'


def test_an_evaluation_is_due_when_a_minute_has_begun_or_an_entry_has_come(
    watched: Watched, cloud: Cloud, clock: Clock
) -> None:
    assert evaluation.is_due(cloud)
    watched.evaluate()
    clock.advance(seconds=59)
    assert not evaluation.is_due(cloud)
    watched.says("anything")
    assert evaluation.is_due(cloud)
    watched.evaluate()
    clock.advance(seconds=1)
    assert evaluation.is_due(cloud)


def test_what_an_interrupted_process_left_is_sent_by_the_next(watched: Watched, cloud: Cloud) -> None:
    watched.log_policy(LOG)
    watched.says("stale")
    evaluation.evaluate(cloud)
    assert (watched.outbox(), len(cloud.store.list(notifications.PENDING))) == ([], 1)
    assert evaluation.is_due(cloud)
    assert len(watched.evaluate()) == 1
    assert cloud.store.list(notifications.PENDING) == []


def test_it_runs_by_itself_and_goes_on_after_an_error(
    watched: Watched, cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(evaluator, "TICK_SECONDS", 0.01)
    watched.log_policy(LOG)
    watched.says("stale")
    told, real, failed = threading.Event(), evaluation.evaluate, threading.Event()

    def evaluate(cloud: Cloud) -> dict[str, str]:
        if not failed.is_set():
            failed.set()
            raise RuntimeError("once")
        answer = real(cloud)
        told.set()
        return answer

    monkeypatch.setattr(evaluation, "evaluate", evaluate)
    running = Evaluator(cloud)
    running.start()
    assert told.wait(10)
    running.stop()
    assert [record["policy"] for record in watched.outbox()] == ["Stale"]


def test_a_policy_that_cannot_be_evaluated_keeps_no_other_from_it(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = watched.log_policy(LOG, displayName="Broken")
    watched.log_policy(LOG)
    real = matched_logs.finding

    def finding(condition: dict[str, Any], entry: dict[str, Any]) -> Any:
        if condition["name"].startswith(broken["name"]):
            raise RuntimeError("broken")
        return real(condition, entry)

    monkeypatch.setattr(matched_logs, "finding", finding)
    watched.says("stale")
    answer = watched.api.send("POST", "/local/evaluate", None).json()
    assert answer["notEvaluated"] == {broken["name"]: "INTERNAL: RuntimeError"}
    assert [record["policy"] for record in watched.outbox()] == ["Stale"]
