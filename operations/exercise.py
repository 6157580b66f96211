"""`eros verify --exercise`: every scheduled query is run once, by the service as its own account, and what it wrote is
looked at. Not on production: the jobs are those that run there anyway, but at their own times.

A run that says of itself that it succeeded has not passed: what it left in its tables has. The daily run is started by
its dispatcher only when it is due, so it is called for today afterwards, which does nothing where it was done.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from google.cloud import bigquery

from operations.backup.bucket import Bucket
from operations.backup.ids import instant_of
from operations.clients import answering, transfer_client
from operations.errors import CloudError
from operations.placement import placement
from operations.scheduled_runs import Run, ScheduledQueries
from operations.verify import Outcome
from outputs import StackOutputs
from settings.errors import ErosError
from settings.model import Settings

SECONDS = 900.0
DAILY = "daily_automation"
ID = re.compile(r"x\d+")
# What must be there once a schedule has run; each query answers with offences. {name} is an object, {day} today there.
RAN = """
SELECT CONCAT('etl_job_runs has ', COALESCE(MAX(r.job_status), 'no run'), ' of {job}') AS detail
FROM `{etl_job_runs}` AS r
WHERE r.job_name = '{job}' AND r.job_start_time >= {since}
HAVING COUNTIF(r.job_status IN ('SUCCESS', 'COMPLETED_NO_WORK')) = 0
"""
NEWEST = """
SELECT CONCAT('the newest row of {table} is of ', COALESCE(CAST(MAX(t.{column}) AS STRING), 'no instant')) AS detail
FROM `{where}` AS t
HAVING MAX(t.{column}) IS NULL OR MAX(t.{column}) < {since}
"""
TODAY = """
SELECT CONCAT('the run of today is ', COALESCE(MAX_BY(r.job_status, r.job_start_time), 'not there')) AS detail
FROM `{etl_job_runs}` AS r
WHERE r.job_name = 'daily_automation' AND r.execution_date = {day}
HAVING COUNTIF(r.job_status IN ('SUCCESS', 'COMPLETED_NO_WORK')) = 0
UNION ALL
SELECT FORMAT('%d pages were handled today, and creator_reports has %d', run.handled, run.reports) AS detail
FROM (
  SELECT
    (
      SELECT COALESCE(MAX_BY(r.creators_processed, r.job_start_time), 0)
      FROM `{etl_job_runs}` AS r
      WHERE r.job_name = 'daily_automation' AND r.execution_date = {day} AND r.job_status = 'SUCCESS'
    ) AS handled,
    (SELECT COUNT(*) FROM `{creator_reports}` AS c WHERE c.report_date = {day}) AS reports
) AS run
WHERE run.reports < run.handled
"""
POOLS = """
SELECT CONCAT('pool_health has nothing of today for ', page.page_name) AS detail
FROM (SELECT DISTINCT LOWER(TRIM(c.page_name)) AS page_name FROM `{active_creators}` AS c) AS page
WHERE page.page_name != ''
  AND NOT EXISTS (SELECT 1 FROM `{pool_health}` AS p WHERE p.page_name = page.page_name AND p.check_date = {day})
"""
# Of which instants a row must be new, by schedule.
COLUMNS = {
    "sweep_expired_caption_locks": ("lock_sweep_log", "sweep_time"),
    "cost_report": ("cost_reports", "report_time"),
    "health_check": ("health_checks", "check_time"),
}
LOGGED = (
    *("update_caption_performance", "sweep_expired_caption_locks", "cost_report", "pool_health_daily"),
    "backup_export",
)
"""Schedules whose every run has a row in etl_job_runs, under their own name."""


def check_allowed(settings: Settings) -> None:
    """Errors: ErosError for a stack that is production by its name."""
    if settings.is_production:
        raise ErosError(
            f"stack {settings.stack} is production: its jobs run at their own times, and are not exercised",
            fix=f"eros verify -s {settings.stack} looks and runs nothing; exercise a staging stack",
        )


class Exercise:
    """The scheduled queries of one deployed stack, run and looked at."""

    def __init__(
        self,
        client: bigquery.Client,
        outputs: StackOutputs,
        queries: ScheduledQueries,
        look: Mapping[str, Callable[[datetime], list[str]]],
    ) -> None:
        self._client, self._outputs, self._queries, self._look = client, outputs, queries, look
        self._place = placement(outputs)

    def ids(self) -> dict[str, str]:
        """The schedules by the id of their outcome; the evaluator of alerts comes last, after what it reads."""
        names = sorted(self._outputs.schedules, key=lambda one: (one == "alert_evaluation", one))
        return {f"x{number}": name for number, name in enumerate(names, 1)}

    def run(self, only: Sequence[str] = ()) -> Iterator[Outcome]:
        """An outcome a schedule, of all or of these ids. Errors: ErosError for an id that is none."""
        known = self.ids()
        if unknown := sorted(set(only) - known.keys()):
            listed = ", ".join(f"{id_} ({name})" for id_, name in known.items())
            raise ErosError(f"no exercise {', '.join(unknown)}", fix=f"one of: {listed}")
        for id_, name in known.items():
            if not only or id_ in only:
                yield self._one(id_, name)

    def _one(self, id_: str, name: str) -> Outcome:
        started, details, error = time.monotonic(), list[str](), ""
        try:
            since = self._rows("SELECT CURRENT_TIMESTAMP() AS detail")[0]
            run = self._queries.run(name, datetime.now(UTC), SECONDS)
            if run.is_well:
                details = self._offences(name, since)
            else:
                error = _told(run)
        except CloudError as failure:
            error = failure.message
        purpose = "It runs as the run account, and what it writes is there afterwards."
        advice = f"eros schedules -s STACK tells its last runs; eros schedules -s STACK run {name} repeats it."
        seconds = round(time.monotonic() - started, 3)
        return Outcome(id_, f"{name} runs and writes", purpose, advice, seconds, tuple(details), len(details), error)

    def _offences(self, name: str, since: datetime) -> list[str]:
        found = []
        for query in self._queries_of(name, since):
            found += self._rows(query)
        return found + (self._look[name](since) if name in self._look else [])

    def _queries_of(self, name: str, since: datetime) -> Iterator[str]:
        tables = {table: self._place.address(table) for table in self._outputs.tables + self._outputs.sources}
        instant = f"TIMESTAMP '{since.isoformat()}'"
        day = f"DATE({instant}, 'America/Los_Angeles')"
        known = {**tables, "day": day, "since": instant}
        if name in LOGGED:
            yield RAN.format(job=name, **known)
        if name in COLUMNS:
            table, column = COLUMNS[name]
            yield NEWEST.format(table=table, column=column, where=tables[table], **known)
        if name == "pool_health_daily":
            yield POOLS.format(**known)
        if name == DAILY:
            self._rows(f"CALL `{self._place.address('run_daily_automation')}`({day})")
            yield TODAY.format(**known)

    def _rows(self, query: str) -> list[Any]:
        with answering("looking at what was written"):
            job = self._client.query(query, timeout=SECONDS)
            return [row["detail"] for row in job.result(timeout=SECONDS) if "detail" in row.keys()]  # noqa: SIM118


def _told(run: Run) -> str:
    return run.error or f"the run is {run.state}"


def of_stack(
    client: bigquery.Client, outputs: StackOutputs, only: Sequence[str], say: Callable[[str], None]
) -> Iterator[Outcome]:
    """The outcomes of a deployed stack, of all or of these ids; says each when it is there. Errors: CloudError."""
    bucket = Bucket.of(outputs)

    def backed_up(since: datetime) -> list[str]:
        newest = max(filter(None, map(instant_of, bucket.folders())), default=None)
        is_new = newest is not None and newest >= since.replace(microsecond=0)
        return [] if is_new else [f"the newest backup in {bucket.uri('')} is of {newest or 'no instant'}"]

    exercise = Exercise(client, outputs, ScheduledQueries(transfer_client(), outputs), {"backup_export": backed_up})
    for outcome in exercise.run(only):
        say(f"{outcome.title}: {'yes' if outcome.passed else outcome.error or '; '.join(outcome.details)}")
        yield outcome
