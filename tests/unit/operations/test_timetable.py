"""The service's next run against the declared schedule."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from catalog import load_cached as load
from operations.scheduled_runs import ScheduledQuery
from operations.timetable import offences

DECLARED = load(Path(__file__).parents[3]).schedules


def query(next_run: str | None, *, name: str = "sweep_expired_caption_locks", disabled: bool = False) -> ScheduledQuery:
    at = datetime.fromisoformat(next_run).replace(tzinfo=UTC) if next_run else None
    return ScheduledQuery(name, "projects/1/x", "every 1 hours from 00:41 to 23:59", disabled, at, None, None)


@pytest.mark.parametrize("at", ["2025-11-04 00:41", "2025-11-04 23:41", "2025-11-04 20:41:07"])
def test_a_next_run_at_a_declared_minute_is_right(at: str) -> None:
    assert offences([query(at)], DECLARED) == []


def test_a_next_run_at_another_minute_is_named_with_the_declared_one() -> None:
    assert offences([query("2025-11-04 20:11")], DECLARED) == [
        "sweep_expired_caption_locks runs next at 2025-11-04 20:11 UTC, declared is"
        " every 1 hours from 00:41 to 23:59: 2025-11-04 20:41 UTC"
    ]


def test_what_never_runs_or_is_not_declared_is_named() -> None:
    found = offences([query(None), query("2025-11-04 20:41", disabled=True), query(None, name="old")], DECLARED)
    assert [text.partition(":")[0] for text in found] == [
        "sweep_expired_caption_locks is paused",
        "sweep_expired_caption_locks is paused",
        "old is deployed and not declared",
    ]


@pytest.mark.parametrize("name", DECLARED)
def test_every_declared_time_is_right(name: Any) -> None:
    run = datetime(2025, 11, 1, 7, 3, tzinfo=UTC)
    for _ in range(200):
        run = DECLARED[name].next_after(run)
        assert offences([ScheduledQuery(name, "c", "", False, run, None, None)], DECLARED) == []
