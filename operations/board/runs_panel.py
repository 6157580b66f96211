"""The panel of runs: a lane a job over a week with its next run, and what failed.

A run is in the transfer service's list, in `etl_job_runs`, or in both; the health check's are in `health_checks`. The
service's is kept where both tell of the same one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta

from operations.board.panels import STATES, Grid, Heading, Item, Lane, Lanes, Light, Panel, Stroke
from operations.board.sources import Sources
from operations.board.wording import midnights, when
from operations.clients import transfer_client
from operations.display import BUSINESS_ZONE, duration
from operations.scheduled_runs import ScheduledQueries, ScheduledQuery

DAYS, AHEAD = timedelta(days=7), timedelta(days=1)
# A run by hand begins in its own second; the service and the procedure note their starts some seconds apart.
SAME = timedelta(minutes=2)
FAILURES = 20
RUNS = """
SELECT
  r.job_name, r.job_start_time, COALESCE(r.job_end_time, @now) AS job_end_time, r.job_status,
  COALESCE(r.error_message, '') AS error
FROM {0} AS r
WHERE r.job_start_time > TIMESTAMP_SUB(@now, INTERVAL 7 DAY) AND r.job_start_time <= @now
UNION ALL
SELECT 'health_check', h.check_time, h.check_time, 'SUCCESS', ''
FROM {1} AS h
WHERE h.check_time > TIMESTAMP_SUB(@now, INTERVAL 7 DAY) AND h.check_time <= @now
ORDER BY job_start_time
"""


@dataclass(frozen=True, slots=True)
class Began:
    """One run of a job, wherever it was written down."""

    job: str
    begins: datetime
    ends: datetime
    state: str
    error: str


def read(sources: Sources) -> Panel:
    """Errors: ErosError."""
    outputs = sources.outputs
    queries, names = ScheduledQueries(transfer_client(), outputs), sorted(outputs.schedules)
    with ThreadPoolExecutor(max(len(names), 1)) as pool:
        found = list(pool.map(queries.with_runs, names))
    runs = [
        Began(
            query.name,
            run.started or run.run_time,
            run.ended or sources.now,
            "SUCCEEDED" if run.is_well else run.state,
            run.error,
        )
        for query, runs in found
        for run in runs
        if run.run_time > sources.now - DAYS
    ]
    logged = [Began(*row.values()) for row in sources.rows("runs", RUNS, "etl_job_runs", "health_checks")]
    return panel([query for query, _ in found], merged(runs, logged), sources.now)


def merged(runs: Iterable[Began], logged: Iterable[Began]) -> list[Began]:
    """All runs in order, each once."""
    by_job: dict[str, list[Began]] = {}
    for run in runs:
        by_job.setdefault(run.job, []).append(run)
    for one in logged:
        known = by_job.setdefault(one.job, [])
        same = (run for run in known if run.begins - SAME <= one.begins <= max(run.ends, run.begins) + SAME)
        if next(same, None) is None:
            known.append(one)
    return sorted((run for found in by_job.values() for run in found), key=lambda run: (run.begins, run.job))


def panel(queries: Sequence[ScheduledQuery], runs: Sequence[Began], now: datetime) -> Panel:
    """The lanes: scheduled jobs first, then what they start."""
    scheduled = {query.name: query for query in queries}
    names = [*scheduled, *sorted({run.job for run in runs} - scheduled.keys())]
    begins, ends = now - DAYS, now + AHEAD
    lanes = tuple(_lane(name, [run for run in runs if run.job == name], scheduled.get(name), now) for name in names)
    failed = [run for run in runs if _state(run) == "critical"]
    today = [run for run in failed if run.begins > now - timedelta(days=1)]
    broken = [lane for lane in lanes if lane.last.state == "critical"]
    paused = [query.name for query in queries if query.disabled]
    drawn = Lanes(
        "Runs of the last 7 days and the next one",
        *(begins, ends, now),
        lanes,
        tuple((day, f"{day.astimezone(BUSINESS_ZONE):%a %d}") for day in midnights(begins, ends)),
    )
    blocks = (drawn, _failures(failed, now)) if lanes else ("No job is declared.",)
    return Panel(
        *("runs", "Job runs"),
        f"{len(today)} failed",
        f"of {sum(run.begins > now - timedelta(days=1) for run in runs)} runs in 24 h",
        "critical" if broken else "warning" if today or paused else "ok",
        blocks,
        (
            *(f"The newest run of {lane.name} failed" for lane in broken),
            *(f"Schedule {name} is paused" for name in paused),
        ),
        shape="wide",
    )


def _lane(name: str, runs: Sequence[Began], query: ScheduledQuery | None, now: datetime) -> Lane:
    last = runs[-1] if runs else None
    failed = sum(_state(run) == "critical" for run in runs)
    if query is None:
        following = Item("", "started by the dispatcher or by hand")
    else:
        following = Item("paused", state="warning") if query.disabled else when(query.next_run, now, "not planned")
    return Lane(
        name,
        query.schedule if query else "no schedule of its own",
        Item("never", state="waiting") if last is None else when(last.begins, now, state=_state(last)),
        following,
        f"{name}: {len(runs)} runs in 7 days, {failed} failed",
        tuple(Stroke(run.begins, run.ends, _state(run), _title(run)) for run in runs),
        query.next_run if query and not query.disabled else None,
    )


def _failures(failed: Sequence[Began], now: datetime) -> Grid | str:
    if not failed:
        return "No run failed in the last 7 days."
    rows = tuple((Item(run.job), when(run.begins, now), Item(run.error)) for run in reversed(failed[-FAILURES:]))
    return Grid(
        "Runs that failed",
        (Heading("job"), Heading("when"), Heading("error")),
        rows,
        folded=f"{len(failed)} failed in 7 days" + (f", the newest {FAILURES}" if len(failed) > FAILURES else ""),
    )


def _state(run: Began) -> Light:
    return STATES.get(run.state, "unknown")


def _title(run: Began) -> str:
    there = run.begins.astimezone(BUSINESS_ZONE)
    return f"{there:%a %d %b %H:%M} LA, {duration((run.ends - run.begins).total_seconds())}: {run.state}"
