"""When a transfer config runs: reads its schedule and says the next time, the missed one and those in a range."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from gcp_local.services.errors import Json, invalid
from gcp_local.services.scalars import timestamp
from transfer_schedule import IntervalSchedule, ScheduleSpec, ScheduleSyntaxError, parse

MOMENT = timedelta(microseconds=1)
# A schedule that runs at least once in this span is searched from here for its last missed time.
RECENT = timedelta(days=2)


def read_schedule(text: str) -> ScheduleSpec:
    """The schedule, or 400 in the service's words."""
    try:
        return parse(text)
    except ScheduleSyntaxError as error:
        raise invalid(f"Invalid schedule [{text}]. {error.message}; {error.fix}", field="schedule") from None


def instant(text: str) -> datetime:
    """A timestamp of the API as an aware instant."""
    return datetime.fromisoformat(text)


def first_run(config: Json, anchor: datetime, now: datetime) -> str | None:
    """`nextRunTime` of a new config: without start time an interval begins at once, as the service does."""
    spec = read_schedule(config["schedule"])
    counted = isinstance(spec, IntervalSchedule) and spec.window is None and not spec.synchronized
    if counted and not config.get("scheduleOptions", {}).get("startTime"):
        return _unless_stopped(config, now)
    return next_run(config, anchor, now)


def next_run(config: Json, anchor: datetime, after: datetime) -> str | None:
    """The first time later than `after` at which the config runs by itself, or None when it never will."""
    start = config.get("scheduleOptions", {}).get("startTime")
    spec = read_schedule(config["schedule"])
    return _unless_stopped(config, _next(spec, after, instant(start) if start else None, anchor))


def runs_by_itself(config: Json, now: datetime) -> bool:
    """Whether the config is scheduled at all: neither paused, nor manual only, nor past its end."""
    return _unless_stopped(config, now) is not None


def last_missed(config: Json, anchor: datetime, now: datetime) -> datetime:
    """The latest time, not later than `now`, at which the config should have run; its `nextRunTime` has passed."""
    times = _Times(config, anchor)
    latest = instant(config["nextRunTime"])
    recent = times.after(max(latest, now - RECENT))
    step = recent if recent <= now else times.after(latest)
    while step <= now:
        latest, step = step, times.after(step)
    return latest


def times_between(config: Json, anchor: datetime, start: datetime, end: datetime) -> Iterator[datetime]:
    """The scheduled times from `start` to before `end`."""
    times = _Times(config, anchor)
    step = times.after(start - MOMENT)
    while step < end:
        yield step
        step = times.after(step)


class _Times:
    """The times of one config, disabled or not."""

    def __init__(self, config: Json, anchor: datetime) -> None:
        start = config.get("scheduleOptions", {}).get("startTime")
        self._spec = read_schedule(config["schedule"])
        self._start = instant(start) if start else None
        self._anchor = anchor

    def after(self, moment: datetime) -> datetime:
        return _next(self._spec, moment, self._start, self._anchor)


def _next(spec: ScheduleSpec, after: datetime, start: datetime | None, anchor: datetime) -> datetime:
    # Only plain intervals count from where they began; calendar times and windows are the same for every config.
    counted = isinstance(spec, IntervalSchedule) and spec.window is None and not spec.synchronized
    return spec.next_after(after, start or (anchor if counted else None))


def _unless_stopped(config: Json, moment: datetime) -> str | None:
    options = config.get("scheduleOptions", {})
    if config.get("disabled") or options.get("disableAutoScheduling"):
        return None
    if options.get("endTime") and moment >= instant(options["endTime"]):
        return None
    return timestamp(moment)
