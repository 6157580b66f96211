"""One page on one screen: why it got few captions, whatever its tables hold."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from operations.byhand import page_overview
from operations.byhand.page_overview import PageOverview, PagePool, PoolPart, reasons
from operations.cli import app
from operations.commands import by_page
from scheduling.model import PageReport

NOW = datetime(2025, 11, 4, 20, tzinfo=UTC)
TODAY = date(2025, 11, 4)
HOSTILE = "\x1b[31mred\x1b]0;title\x07 \u202e"
POOL = PagePool(
    (
        *(PoolPart("PPV", bucket, "", "", 1200, 3) for bucket in ("premium", "mid", "budget")),
        *(PoolPart("BUMP", "bump", "", "", 40, 0), PoolPart("PPV", "mid", "PATTERN_HARD", HOSTILE, 7, 0)),
    ),
    ppv=3600,
    bump=40,
)
WELL = PageOverview("alice", NOW, True, TODAY, PageReport("alice", "LARGE"), POOL, None, None)


def row(**values: Any) -> dict[str, Any]:
    """A row of the queue."""
    plain = {"execution_date": TODAY, "status": "FAILED", "queued_at": NOW, "attempts": 3, "lease_expires_at": None}
    return {**plain, "schedule_id": None, "error_message": None, **values}


@pytest.mark.parametrize(
    ("queued", "said"),
    [
        ({"status": "FAILED", "error_message": "no captions"}, "failed on 2025-11-04 after 3 attempts: no captions"),
        ({"status": "PENDING"}, "waits in the queue since 2025-11-04 20:00 UTC: does a builder run?"),
        ({"status": "PROCESSING", "lease_expires_at": NOW - timedelta(hours=1)}, "its builder has died"),
        ({"status": "PROCESSING", "lease_expires_at": NOW - timedelta(minutes=9)}, "a builder is at work on it"),
        ({"status": "COMPLETED", "error_message": "week_has_schedule"}, "closed it on 2025-11-04: week_has_schedule"),
    ],
)
def test_a_page_without_schedule_says_what_its_queue_says(queued: dict[str, Any], said: str) -> None:
    (found,) = reasons(replace(WELL, queue=(row(**queued), row(error_message="older"))))
    assert said in found


def test_reports_that_no_week_is_built_of_are_a_reason() -> None:
    well = replace(WELL, queue=(row(status="COMPLETED"),))
    assert list(reasons(well)) == []
    assert list(reasons(replace(well, report_date=TODAY - timedelta(days=1)))) == []
    for unwell, said in (
        (replace(well, report_date=TODAY - timedelta(days=2)), "its report is of 2025-11-02"),
        (replace(well, report_date=None, report=None), "it has no report"),
        (replace(well, report=None), "cannot be read"),
        (replace(well, is_creator=False), "it is no active creator"),
        (replace(well, pool=PagePool(POOL.parts[:3])), "bump: the bank has no caption that is available"),
    ):
        (found,) = reasons(unwell)
        assert said in found


def typed(monkeypatch: pytest.MonkeyPatch, seen: PageOverview, *words: str) -> Result:
    monkeypatch.setattr(by_page, "warehouse_of", lambda stack: None)
    monkeypatch.setattr(page_overview, "overview", lambda warehouse, name, now: seen)
    done = CliRunner().invoke(app, ["page", "alice", "-s", "local", *words])
    assert done.exit_code == 0, done.output
    return done


def test_the_screen_fits_and_obeys_nothing_that_a_table_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    lock = {"schedule_id": HOSTILE * 9, "captions": 3, "first_day": TODAY, "last_day": TODAY}
    limits = {"min_ppv_pool": 200, "min_bump_pool": 50}
    full = replace(
        WELL,
        pool=replace(POOL, is_low=True),
        restriction={"scope": "ALL", **limits, "hard": 1, "soft": 0, "categories": 0, "tiers": 0},
        queue=tuple(row(error_message=HOSTILE * 20) for _ in range(9)),
        locks=(lock,) * 9,
        errors=({"error_time": NOW, "error_message": HOSTILE * 20},) * 3,
        alerts=({"alert_id": "0123456789", "alert_time": NOW, "alert_level": "WARNING", "alert_message": HOSTILE * 20},)
        * 5,
    )
    shown = typed(monkeypatch, full).stdout
    assert not {"\x1b", "\x07", "\u202e"} & set(shown)
    assert r"\x1b[31mred" in shown
    assert len(shown.splitlines()) <= 40
    assert max(map(len, shown.splitlines())) <= 100
    assert "! nothing is selected: 40 bump captions pass its rules, and 50 must be left" in shown
    assert "PPV 3,600 left of at least 200" in shown
    found = json.loads(typed(monkeypatch, full, "--json").stdout)
    assert found["pool"]["buckets"]["mid"] == {
        **{"inAll": 1207, "now": 1200, "lowered": 3, "excludedBy": {"PATTERN_HARD": 7}},
    }
    assert len(found["queue"]) == 9
