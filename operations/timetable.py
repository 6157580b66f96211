"""Whether the service runs the schedules when config/schedules.yaml says: its next runs against the declared times."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta

from catalog.schedules import Schedule
from operations.scheduled_runs import ScheduledQuery

MOMENT = timedelta(microseconds=1)


def offences(found: Iterable[ScheduledQuery], declared: Mapping[str, Schedule]) -> list[str]:
    """A line for each schedule that will not run, or whose next run is at a minute that is not declared."""
    return [text for query in found if (text := _offence(query, declared.get(query.name)))]


def _offence(query: ScheduledQuery, declared: Schedule | None) -> str:
    if declared is None:
        return f"{query.name} is deployed and not declared"
    if query.disabled or query.next_run is None:
        return f"{query.name} is paused: it has no next run"
    # The service may plan a run some seconds into its minute.
    minute = query.next_run.astimezone(UTC).replace(second=0, microsecond=0)
    expected = declared.next_after(minute - MOMENT)
    if expected == minute:
        return ""
    return f"{query.name} runs next at {_utc(query.next_run)}, declared is {declared.schedule}: {_utc(expected)}"


def _utc(instant: datetime) -> str:
    return f"{instant.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
