from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import Mock, create_autospec

import pytest
from google.cloud.bigquery_datatransfer_v1 import (
    DataTransferServiceClient,
    StartManualTransferRunsResponse,
    TransferRun,
    TransferState,
)

from catalog.alerts import TOLD
from operations.display import both_zones, duration
from operations.scheduled_runs import Run, ScheduledQueries, ScheduledQuery
from outputs import StackOutputs

NOW = datetime(2025, 11, 4, 20, 0, tzinfo=UTC)


def query(next_run: datetime | None, *, ran: bool = True, disabled: bool = False) -> ScheduledQuery:
    run = Run("r", "SUCCEEDED", NOW, NOW, NOW, "") if ran else None
    return ScheduledQuery("feedback", "projects/1/x", "every 6 hours", disabled, next_run, run, run)


def test_what_never_succeeded_is_due() -> None:
    assert query(NOW + timedelta(hours=1), ran=False).is_due(NOW)


def test_what_runs_later_is_not_due() -> None:
    assert not query(NOW + timedelta(minutes=1)).is_due(NOW)


def test_what_should_have_run_is_due() -> None:
    assert query(NOW - timedelta(minutes=1)).is_due(NOW)


def test_a_disabled_query_is_never_due() -> None:
    assert not query(None, ran=False, disabled=True).is_due(NOW)


@pytest.mark.parametrize(
    ("state", "error", "outcome"),
    [
        ("SUCCEEDED", "", "SUCCEEDED"),
        ("FAILED", "Not found: Table", "FAILED"),
        ("FAILED", f"Query error: {TOLD}|rule=x|level=CRITICAL at [3:1]", "FAILED (told alerts)"),
    ],
)
def test_a_run_that_failed_to_tell_of_alerts_says_that_it_did_its_work(state: str, error: str, outcome: str) -> None:
    assert Run("r", state, NOW, NOW, NOW, error).outcome == outcome


@pytest.mark.parametrize(
    ("instant", "shown"),
    [
        (datetime(2025, 11, 4, 20, 0, tzinfo=UTC), "2025-11-04 20:00 UTC (12:00 LA)"),
        (datetime(2025, 7, 1, 20, 0, tzinfo=UTC), "2025-07-01 20:00 UTC (13:00 LA)"),
        (datetime(2025, 11, 4, 3, 0, tzinfo=UTC), "2025-11-04 03:00 UTC (11-03 19:00 LA)"),
        (None, ""),
    ],
)
def test_times_are_shown_in_utc_and_in_business_time(instant: Any, shown: str) -> None:
    assert both_zones(instant) == shown


@pytest.mark.parametrize(("seconds", "shown"), [(0.84, "0.8 s"), (59.9, "59.9 s"), (200, "3 min 20 s"), (None, "")])
def test_durations_read_as_people_say_them(seconds: float | None, shown: str) -> None:
    assert duration(seconds) == shown


def test_a_manual_run_is_asked_for_a_time_that_is_past_for_a_clock_that_is_slower(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The service refuses a time that lies in its future."""
    client = create_autospec(DataTransferServiceClient, instance=True)
    run = TransferRun(name="r", state=TransferState.SUCCEEDED, run_time=NOW)
    client.start_manual_transfer_runs.return_value = StartManualTransferRunsResponse(runs=[run])
    client.get_transfer_run.return_value = run
    monkeypatch.setattr(ScheduledQueries, "get", lambda _, name: query(NOW))
    ScheduledQueries(client, Mock(spec=StackOutputs)).run("feedback", NOW, 1)
    asked = client.start_manual_transfer_runs.call_args.kwargs["request"].requested_run_time
    assert NOW - asked >= timedelta(seconds=30)
