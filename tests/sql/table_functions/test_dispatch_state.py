"""What is due: the time of day in Los Angeles and the runs of the date, the month or the job decide."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from tests.sql.analyses import DATASET, Analyses
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
    cases = {name: [utc(at)] for name, (at, _, _) in INSTANTS.items()}
    found = {name: [daily(row) for row in rows] for name, rows in analyses.calls("dispatch_state_at", cases).items()}
    assert found == {name: [state(date.fromisoformat(day), due)] for name, (_, day, due) in INSTANTS.items()}


def state(day: date, due: bool, failed: int = 0, exhausted: bool = False) -> Row:
    """Reference data was never applied in these tests (see test_apply_reference_data.py)."""
    answer: Row = {"execution_date": day, "failed_attempts": failed, "is_due": due, "is_exhausted": exhausted}
    return answer | {"is_reference_data_due": True}


def daily(row: Row) -> Row:
    """What a row says of the daily automation."""
    stated = {name: row[name] for name in ("execution_date", "failed_attempts", "is_reference_data_due")}
    job = "daily_automation"
    return stated | {"is_due": job in row["due_jobs"], "is_exhausted": job in row["given_up_jobs"]}


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
    found = analyses.calls("dispatch_state_at", cases)
    assert {name: [daily(row) for row in rows] for name, rows in found.items()} == expected
    assert {name for name, (row,) in found.items() if row["has_dead_run"]}, "seen whoever's run it is"


def moved(row: Row, apart: timedelta) -> Row:
    times = ("job_start_time", "job_end_time")
    return {name: row[name] + apart for name in times if row[name] is not None}


def test_before_three_nothing_is_made_up_for_yesterday_or_given_up(analyses: Analyses) -> None:
    early = la("2025-06-02 03:04")
    failed = [run_row("FAILED", early - timedelta(hours=5), day) for day in (date(2025, 6, 1), date(2025, 6, 2))]
    analyses.add("etl_job_runs", failed * 3)
    (row,) = analyses.call("dispatch_state_at", early)
    assert daily(row) == state(date(2025, 6, 2), due=False, failed=3)


def jobs(analyses: Analyses, at: datetime) -> tuple[set[str], set[str]]:
    """Due and given up, without the daily automation and reference data."""
    (row,) = analyses.call("dispatch_state_at", at)
    return set(row["due_jobs"]) - {"daily_automation"}, set(row["given_up_jobs"])


REPORT, MONTH, DRILL = "daily_report", "monthly_maintenance", "restore_drill"


def of_month(status: str, at: datetime, job: str = MONTH) -> Row:
    return run_row(status, at, date(2025, 11, 1), job_name=job)


def test_the_report_is_due_from_eight_and_the_months_jobs_from_their_time_on_the_first(analyses: Analyses) -> None:
    """On the 1st and 2nd of November 2025; in the night between them the clock goes back."""
    due: dict[str, set[str]] = {
        "2025-11-01 03:09": set(),
        "2025-11-01 03:10": {MONTH},
        "2025-11-01 05:09": {MONTH},
        "2025-11-01 05:10": {MONTH, DRILL},
        "2025-11-01 08:00": {MONTH, DRILL, REPORT},
        "2025-11-02 07:59": {MONTH, DRILL},
        "2025-11-02 08:00": {MONTH, DRILL, REPORT},
    }
    assert {at: jobs(analyses, la(at))[0] for at in due} == due
    analyses.add("etl_job_runs", [of_month("SUCCESS", la("2025-11-02 08:07"), job) for job in (MONTH, DRILL)])
    analyses.add("etl_job_runs", [run_row("SUCCESS", la("2025-11-02 08:07"), date(2025, 11, 2), job_name=REPORT)])
    assert jobs(analyses, la("2025-11-02 08:22")) == (set(), set())
    assert jobs(analyses, la("2025-11-30 23:59"))[0] == {REPORT}
    assert jobs(analyses, la("2025-12-01 03:09"))[0] == set()
    assert jobs(analyses, la("2025-12-01 03:10"))[0] == {MONTH}


def test_a_month_that_was_given_up_is_tried_again_the_next_day(analyses: Analyses) -> None:
    analyses.add("etl_job_runs", [of_month("FAILED", la(f"2025-11-01 {at}")) for at in ("03:22", "03:37", "03:52")])
    analyses.add("etl_job_runs", [of_month("SUCCESS", la("2025-11-01 05:22"), DRILL)])
    assert jobs(analyses, la("2025-11-01 04:07")) == (set(), {MONTH})
    assert jobs(analyses, la("2025-11-01 23:52"))[1] == {MONTH}
    assert jobs(analyses, la("2025-11-02 00:07")) == ({MONTH}, set())


FEEDBACK, SWEEP = "update_caption_performance", "sweep_expired_caption_locks"
# Rests and retries of each job that is only repeated, as the operations manual has them.
REPEATED = {FEEDBACK: (3, 300), SWEEP: (3, 180), "pool_health_daily": (2, 600), "backup_export": (2, 600)}


@pytest.mark.parametrize("job", REPEATED)
def test_a_job_with_its_own_schedule_is_repeated_only_while_its_latest_runs_failed(
    analyses: Analyses, job: str
) -> None:
    retries, rest = REPEATED[job]
    early = la("2025-11-04 01:00")

    def failed(count: int, *more: Row, ago: float = 3600) -> bool:
        """Whether the job is due when its last runs failed, the last one `ago` seconds ago."""
        analyses.rows(f"DELETE FROM {DATASET}.etl_job_runs WHERE TRUE")
        ends = [early - timedelta(seconds=ago + 600 * number) for number in range(count)]
        rows = [run_row("FAILED", end - timedelta(seconds=5), job_name=job, job_end_time=end) for end in ends]
        analyses.add("etl_job_runs", [*rows, *more] or [run_row("SUCCESS", early, job_name="other")])
        due, given_up = jobs(analyses, early)
        assert not given_up, "its own schedule has said so"
        return job in due

    def other(status: str, **ago: float) -> Row:
        return run_row(status, early - timedelta(**ago), job_name=job)

    assert [failed(count) for count in range(retries + 2)] == [False, *[True] * retries, False]
    assert (failed(1, ago=rest), failed(1, ago=rest + 1)) == (False, True)
    assert not failed(1, other("SUCCESS", minutes=30)), "a run ended well after the failure"
    assert failed(1, other("SUCCESS", hours=2)), "and one before it does not count"
    assert not failed(1, other("RUNNING", minutes=10)), "one is on its way"
    assert not failed(1, ago=25 * 3600), "what failed yesterday was repeated or given up then"
