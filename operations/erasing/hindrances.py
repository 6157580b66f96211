"""What an erasure must not run beside: a restore brings rows back, a backup keeps half of them, a job writes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

from google.cloud import bigquery

from catalog import Placement
from operations.backup.ids import instant_of
from operations.backup.shelf import Entry
from operations.clients import answering
from operations.erasing import erasing_statements
from operations.maintenance import Pause
from operations.restore.journal import JournalFile
from operations.restore.table_restore import LABEL
from operations.scheduled_runs import ScheduledQuery
from settings.errors import ErosError

# As long a run counts as alive everywhere (reap_job_runs), and an unfinished folder as one that is being written.
ALIVE = timedelta(hours=2)
FINISHED = ("SUCCEEDED", "FAILED", "CANCELLED")
RUNNING = """
SELECT run.job_name
FROM `{runs}` AS run
WHERE run.job_status = 'RUNNING' AND run.job_start_time > TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 2 HOUR)
ORDER BY run.job_start_time
"""


class Busy(ErosError):
    """Something is at work that an erasure must not run beside; nothing was changed."""


class RunningSchedules(Protocol):
    """What runs by itself."""

    def list(self) -> tuple[ScheduledQuery, ...]: ...


class Shelved(Protocol):
    """What lies in the bucket."""

    def list(self) -> list[Entry]: ...


class OpenPauses(Protocol):
    """What stands still."""

    def open(self) -> tuple[Pause, ...]: ...


@dataclass(frozen=True, slots=True)
class Hindrances:
    """Everything that may be at work on a stack."""

    client: bigquery.Client
    place: Placement
    root: Path
    stack: str
    backups: Shelved
    schedules: RunningSchedules
    pauses: OpenPauses

    def check(self) -> None:
        """Errors: Busy that names all of it, CloudError."""
        self._refuse([*self._restores(), *self._backups(), *self._runs()])

    def check_again(self) -> None:
        """The same once schedules stand still and their runs have ended: for what people have begun meanwhile."""
        self._refuse([*self._restores(), *self._backups()])

    def _refuse(self, found: list[tuple[str, str]]) -> None:
        if found:
            message = "\n  ".join([f"stack {self.stack} is at work; nothing was changed:", *(one for one, _ in found)])
            raise Busy(message, fix=found[0][1])

    def _restores(self) -> Iterator[tuple[str, str]]:
        journal = JournalFile(self.root, self.stack).read()
        if journal:
            fix = f"eros restore -s {self.stack} goes on with it, with --abandon it gives it up"
            yield f"restore {journal.id} of backup {journal.backup} is not finished on this machine", fix
        fix = "wait for its end, or for whoever began it: eros pauses"
        known = {journal.why} if journal else set()
        for reason in sorted({pause.reason for pause in self.pauses.open()} - known):
            if reason.startswith("restore "):
                yield f"the schedules stand still for it: {reason}", fix
        if journal is None:
            for dataset in self.place.datasets:
                yield from self._scratch(dataset)

    def _scratch(self, dataset: str) -> Iterator[tuple[str, str]]:
        with answering(f"listing {dataset}"):
            there = list(self.client.list_tables(f"{self.place.project}.{dataset}", timeout=60.0))
        for item in there:
            if restore := item.labels.get(LABEL):
                fix = f"wait for its end; if it is dead, drop the table: bq rm -t {dataset}.{item.table_id}"
                yield f"restore {restore} has loaded {dataset}.{item.table_id}", fix

    def _backups(self) -> Iterator[tuple[str, str]]:
        since = datetime.now(UTC) - ALIVE
        for entry in self.backups.list():
            instant = instant_of(entry.id)
            if entry.backup is None and instant and instant > since:
                yield (
                    f"backup {entry.id} is being written, or failed: {entry.problem}",
                    ("wait for its end; of one that failed, delete the folder in the bucket"),
                )

    def _runs(self) -> Iterator[tuple[str, str]]:
        fix = f"wait for its end: eros schedules -s {self.stack}"
        sql = RUNNING.format(runs=self.place.address("etl_job_runs"))
        names = [row["job_name"] for row in erasing_statements.rows(self.client, "reading etl_job_runs", sql, {})]
        for name in dict.fromkeys(names):
            yield f"job {name} is running", fix
        for query in self.schedules.list():
            if query.last and query.last.state not in FINISHED:
                yield f"schedule {query.name} is running", fix
