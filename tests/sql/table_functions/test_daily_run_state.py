"""When the daily automation is due: the time of day in Los Angeles and the runs of the date decide."""

from __future__ import annotations

from datetime import date, timedelta

from tests.sql.analyses import Analyses
from tests.sql.daily_runs import run_row
from tests.sql.messages import Row, la, utc

# One UTC offset before, another after the change of the clock; midnight; a leap day; the turn of the year.
INSTANTS = {
    "spring, a second before": ("2025-03-09 10:04:59", "2025-03-09", False),
    "spring, to the second": ("2025-03-09 10:05:00", "2025-03-09", True),
    "spring, the day before": ("2025-03-08 11:05:00", "2025-03-08", True),
    "spring, the day before, an hour early": ("2025-03-08 10:05:00", "2025-03-08", False),
    "autumn, an hour early": ("2025-11-02 10:05:00", "2025-11-02", False),
    "autumn, a second before": ("2025-11-02 11:04:59", "2025-11-02", False),
    "autumn, to the second": ("2025-11-02 11:05:00", "2025-11-02", True),
    "autumn, the day before": ("2025-11-01 10:05:00", "2025-11-01", True),
    "a second before midnight": ("2025-11-05 07:59:59", "2025-11-04", True),
    "midnight": ("2025-11-05 08:00:00", "2025-11-05", False),
    "summer midnight": ("2025-07-04 07:00:00", "2025-07-04", False),
    "evening in UTC, noon there": ("2025-07-04 19:00:00", "2025-07-04", True),
    "leap day": ("2024-02-29 11:07:00", "2024-02-29", True),
    "the last second of the leap day": ("2024-03-01 07:59:59", "2024-02-29", True),
    "the last second of the year": ("2026-01-01 07:59:59", "2025-12-31", True),
    "new year, before three": ("2026-01-01 10:52:00", "2026-01-01", False),
    "new year, after three": ("2026-01-01 11:07:00", "2026-01-01", True),
}
NOON = utc("2025-06-02 19:00")


def test_the_run_is_due_from_five_past_three_in_los_angeles(analyses: Analyses) -> None:
    # defect: T1
    found = analyses.calls("daily_run_state_at", {name: [utc(at)] for name, (at, _, _) in INSTANTS.items()})
    assert found == {name: [state(date.fromisoformat(day), due)] for name, (_, day, due) in INSTANTS.items()}


def state(day: date, due: bool, failed: int = 0, exhausted: bool = False) -> Row:
    """Reference data was never applied in these tests (see test_apply_reference_data.py)."""
    answer: Row = {"execution_date": day, "failed_attempts": failed, "is_due": due, "is_exhausted": exhausted}
    return answer | {"is_reference_data_due": True}


def ended(minutes: int, seconds: int = 0) -> Row:
    """A FAILED row that was closed this long before noon."""
    end = NOON - timedelta(minutes=minutes, seconds=seconds)
    return run_row("FAILED", end - timedelta(hours=1), job_end_time=end)


# For each case: the runs of the date, and what follows: is_due, failed attempts, is_exhausted.
RUNS: dict[str, tuple[list[Row], tuple[bool, int, bool]]] = {
    "none": ([], (True, 0, False)),
    "success": ([run_row("SUCCESS", NOON)], (False, 0, False)),
    "with errors": ([run_row("COMPLETED_WITH_ERRORS", NOON)], (False, 0, False)),
    "no work": ([run_row("COMPLETED_NO_WORK", NOON)], (False, 0, False)),
    "running since two hours": ([run_row("RUNNING", NOON - timedelta(hours=2))], (False, 0, False)),
    "running for longer": ([run_row("RUNNING", NOON - timedelta(hours=2, seconds=1))], (True, 0, False)),
    "failed ten minutes ago": ([ended(10)], (False, 1, False)),
    "failed longer ago": ([ended(10, 1)], (True, 1, False)),
    "the last of two failures counts": ([ended(60), ended(9)], (False, 2, False)),
    "two failures": ([ended(60), ended(30)], (True, 2, False)),
    "three failures": ([ended(60), ended(30), ended(20)], (False, 3, True)),
    "three failures and a success by hand": (
        [*(ended(60) for _ in range(3)), run_row("SUCCESS", NOON)],
        (False, 3, False),
    ),
    "failed and running": ([ended(60), run_row("RUNNING", NOON - timedelta(minutes=20))], (False, 1, False)),
    "failed without an end": ([run_row("FAILED", NOON - timedelta(minutes=11), job_end_time=None)], (True, 1, False)),
    "other jobs": ([run_row("SUCCESS", NOON, job_name="sweep_expired_caption_locks")], (True, 0, False)),
}


def test_a_date_runs_once_and_fails_three_times_with_a_rest_between(analyses: Analyses) -> None:
    """Each case on a day of its own, all at noon in Los Angeles."""
    cases, rows, expected = {}, [], {}
    for number, (name, (runs, (due, failed, exhausted))) in enumerate(RUNS.items()):
        apart = timedelta(days=number)
        day = date(2025, 6, 2) + apart
        cases[name], expected[name] = [NOON + apart], [state(day, due, failed, exhausted)]
        rows += [row | {"execution_date": day} | moved(row, apart) for row in runs]
    analyses.add("etl_job_runs", rows)
    assert analyses.calls("daily_run_state_at", cases) == expected


def moved(row: Row, apart: timedelta) -> Row:
    times = ("job_start_time", "job_end_time")
    return {name: row[name] + apart for name in times if row[name] is not None}


def test_before_three_nothing_is_made_up_for_yesterday_or_given_up(analyses: Analyses) -> None:
    early = la("2025-06-02 03:04")
    failed = [run_row("FAILED", early - timedelta(hours=5), day) for day in (date(2025, 6, 1), date(2025, 6, 2))]
    analyses.add("etl_job_runs", failed * 3)
    assert analyses.call("daily_run_state_at", early) == [state(date(2025, 6, 2), due=False, failed=3)]
