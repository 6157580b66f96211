"""Runs over the queue on the local BigQuery: several pages, one selection, two runners."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest

from operations.weeks.patience import Patience
from operations.weeks.queue import Queue
from operations.weeks.selecting import Selection, Wish
from operations.weeks.sweeping import Sweep
from operations.weeks.week_building import Builder, Terms
from operations.weeks.week_runs import RunOutcome, WeekRunner
from operations.weeks.week_statements import Statements
from scheduling import profiles
from tests.sql.captions import NOW, caption
from tests.sql.emulator import ROOT
from tests.sql.test_lock_races import at_once
from tests.sql.warehouse import Warehouse
from tests.sql.weeks.test_building_weeks import HELD, MONDAY, QUEUE, STORED, ready, report
from tests.sql.weeks.test_interrupted_weeks import assert_nothing_is_half

__all__ = ["ready"]
PAGES = ("alice", "bella", "cleo")
TERMS = Terms(MONDAY)


@pytest.fixture
def agency(ready: Warehouse) -> Warehouse:
    """Three pages with reports that share a bank of 120 captions: each wants forty, and the same ones."""
    tiers = ["low", "mid", "premium", "bump"]
    ready.insert("caption_bank", [caption(100 + n, tiers[n % 4], f"C{n % 7}") for n in range(60)])
    ready.insert("active_creators", [{"page_name": page} for page in PAGES[2:]])
    ready.insert("creator_reports", [report(page) for page in PAGES[1:]])
    return ready


def run(warehouse: Warehouse, now: datetime = NOW, *, everybody: bool = True, terms: Terms = TERMS) -> RunOutcome:
    statements = Statements(warehouse.new_client(), warehouse.place)
    builder = Builder(statements, profiles.load(ROOT), lambda: now, Patience(pauses=()))
    return WeekRunner(builder, Sweep(statements), lambda: now, lambda _: None).run(
        terms, everybody=everybody, parallel=2
    )


def test_all_pages_get_their_week_by_one_selection_and_no_caption_twice(
    agency: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[list[str]] = []
    select = Selection.select

    def counted(selection: Selection, wishes: Sequence[Wish], now: datetime) -> Any:
        asked.append([wish.report.page_name for wish in wishes])
        return select(selection, wishes, now)

    monkeypatch.setattr(Selection, "select", counted)
    outcome = run(agency)
    assert asked[0] == list(PAGES)
    assert len(asked) <= 3, "only for who lost captions to the others there is another call"
    assert sorted(made.schedule.page for made in outcome.made) == sorted(PAGES)
    assert (outcome.failed, outcome.put_back) == ({}, [])
    sent = [row["caption_id"] for row in agency.rows(STORED) if row["caption_id"] is not None]
    assert len(sent) == len(set(sent)) == len(PAGES) * 10
    assert_nothing_is_half(agency)

    again = run(agency, NOW + timedelta(hours=1))
    assert again.had_schedule == {made.schedule.page: made.schedule.schedule_id for made in outcome.made}
    assert again.made == []


def test_two_runners_at_once_share_the_queue_without_a_double(agency: Warehouse) -> None:
    outcomes: dict[int, RunOutcome] = {}

    def one(number: int) -> None:
        outcomes[number] = run(agency, NOW + timedelta(seconds=number))

    assert set(at_once(2, one).values()) == {None}
    made = [made.schedule.page for outcome in outcomes.values() for made in outcome.made]
    assert sorted(made) == sorted(PAGES)
    assert len({row["schedule_id"] for row in agency.rows(HELD)}) == len(PAGES)
    assert_nothing_is_half(agency)


def test_a_page_without_a_report_waits_and_fails_after_its_attempts(ready: Warehouse) -> None:
    """Bella has none."""
    Queue(Statements(ready.client, ready.place)).enqueue(["bella"], NOW)
    for hours in range(3):
        assert run(ready, NOW + timedelta(hours=hours), everybody=False).failed.keys() == {"bella"}
    assert run(ready, NOW + timedelta(hours=3), everybody=False).failed == {}
    (row,) = ready.rows(QUEUE)
    assert (row["status"], row["attempts"], row["schedule_id"]) == ("FAILED", 3, None)
    assert "bella has no report" in row["error_message"]
