from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from operations.display import both_zones, duration
from operations.schedules import Run, ScheduledQuery

NOW = datetime(2025, 11, 4, 20, 0, tzinfo=UTC)


def query(last_success: datetime | None, *, disabled: bool = False) -> ScheduledQuery:
    run = Run("r", "SUCCEEDED", last_success, last_success, last_success, "") if last_success else None
    return ScheduledQuery("feedback", "projects/1/x", "every 6 hours", disabled, None, run, run)


def test_what_never_succeeded_is_due():
    assert query(None).is_due(NOW)


def test_a_run_within_its_interval_is_not_due():
    assert not query(NOW - timedelta(hours=5, minutes=59)).is_due(NOW)


def test_a_run_older_than_its_interval_is_due():
    assert query(NOW - timedelta(hours=7)).is_due(NOW)


def test_a_disabled_query_is_never_due():
    assert not query(None, disabled=True).is_due(NOW)


@pytest.mark.parametrize(
    ("instant", "shown"),
    [
        (datetime(2025, 11, 4, 20, 0, tzinfo=UTC), "2025-11-04 20:00 UTC (12:00 LA)"),
        (datetime(2025, 7, 1, 20, 0, tzinfo=UTC), "2025-07-01 20:00 UTC (13:00 LA)"),
        (datetime(2025, 11, 4, 3, 0, tzinfo=UTC), "2025-11-04 03:00 UTC (11-03 19:00 LA)"),
        (None, ""),
    ],
)
def test_times_are_shown_in_utc_and_in_business_time(instant, shown):
    assert both_zones(instant) == shown


@pytest.mark.parametrize(("seconds", "shown"), [(0.84, "0.8 s"), (59.9, "59.9 s"), (200, "3 min 20 s"), (None, "")])
def test_durations_read_as_people_say_them(seconds, shown):
    assert duration(seconds) == shown
