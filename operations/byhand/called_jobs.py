"""Jobs without a transfer config of their own, and jobs for a date: whoever types calls the procedure, and a row of
etl_job_runs says how it went.

Scheduled queries are run by Google as the run account: `operations.scheduled_runs`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from operations.display import BUSINESS_ZONE, duration
from operations.weeks.queue import KEPT_DAYS, la_date
from operations.weeks.week_statements import Statements
from settings.errors import ErosError

CALL_DAILY = "CALL {run_daily_automation}(@day)"
CALL_REPORT = "CALL {daily_report}()"
CALL_REFERENCE = "CALL {apply_reference_data}()"
CALL_MONTHLY = "CALL {monthly_maintenance}()"
CALL_DRILL = "CALL {restore_drill}()"
DATED = {"daily_automation": CALL_DAILY}
"""The job, and the call that takes its date."""
DISPATCHED = {"daily_report": CALL_REPORT, "apply_reference_data": CALL_REFERENCE}
MONTHLY = {"monthly_maintenance": CALL_MONTHLY, "restore_drill": CALL_DRILL}
"""Jobs that the dispatcher starts, and that are of today, or of the first of the month."""
UNDATED = {**DISPATCHED, **MONTHLY}
FAILED = "FAILED"
RUN_OF = """
SELECT run.job_id, run.job_status, run.job_start_time, run.job_duration_seconds, run.creators_processed,
  run.creators_failed, run.error_message
FROM {etl_job_runs} AS run
WHERE run.job_name = @job AND run.execution_date = @day AND run.job_start_time >= @earliest
ORDER BY run.job_start_time DESC
LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class CalledRun:
    """How the newest run of a job for a date went; `is_new` when it began after it was asked for."""

    job: str
    day: date

    status: str
    is_new: bool
    seconds: float | None
    processed: int
    failed: int
    error: str

    @property
    def is_well(self) -> bool:
        """Whether it did its work, now or before."""
        return self.status != FAILED

    def __str__(self) -> str:
        how = f"in {duration(self.seconds)}" if self.is_new else "before; it was not run again"
        pages = f"; {self.processed} pages, {self.failed} failed" if self.job in DATED else ""
        return f"{self.job} {self.day}: {self.status} {how}{pages} {self.error}".rstrip()


def check(jobs: list[str], text: str, now: datetime) -> date:
    """The date, for jobs that take one. Errors: ErosError."""
    if without := [job for job in jobs if job not in DATED]:
        fix = f"without --date; a date is taken by {', '.join(DATED)}"
        raise ErosError(f"{without[0]} is of no date; nothing was run", fix=fix)
    today = la_date(now)
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise ErosError(f"{text!r} is no date; nothing was run", fix=f"write one, for example --date {today}") from None
    if not 0 <= (today - day).days <= KEPT_DAYS:
        fix = f"from {KEPT_DAYS} days ago to today in Los Angeles, {today}"
        raise ErosError(f"{day} cannot be run; nothing was", fix=fix)
    return day


def day_of(job: str, now: datetime) -> date:
    """The date of a run of now."""
    today = la_date(now)
    return today.replace(day=1) if job in MONTHLY else today


def run(warehouse: Statements, job: str, day: date, wait: float) -> CalledRun:
    """Calls it and waits for `wait` seconds at most. Errors: CloudError, ErosError when no row says how it went."""
    before = _newest(warehouse, job, day)
    parameters = {"day": day} if job in DATED else {}
    warehouse.call({**DATED, **UNDATED}[job], wait, **parameters)
    row = _newest(warehouse, job, day)
    if row is None:
        raise ErosError(f"no run of {job} for {day} is on record", fix="eros report job_errors")
    return CalledRun(
        job,
        day,
        row.job_status,
        before is None or row.job_id != before.job_id,
        row.job_duration_seconds,
        row.creators_processed or 0,
        row.creators_failed or 0,
        row.error_message or "",
    )


def _newest(warehouse: Statements, job: str, day: date) -> Any:
    """The newest run of the job for the date, None without one. A run begins on its date or later."""
    midnight = datetime.combine(day, time(), BUSINESS_ZONE)
    return next(iter(warehouse.rows(RUN_OF, job=job, day=day, earliest=midnight)), None)
