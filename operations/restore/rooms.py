"""Where rows are restored to: the stack's own tables, another dataset, or a scratch one that goes after a drill.

A drill restores a backup where nobody reads, compares rows with what was recorded, and writes its outcome into
`etl_job_runs`, so that an alert rule can ask for its last success: backups are proven later, not only when written.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from google.api_core.exceptions import Conflict, NotFound
from google.cloud import bigquery

from catalog import Placement
from catalog import load_cached as load
from operations.backup.bucket import Bucket
from operations.backup.ids import LATEST
from operations.backup.shelf import Shelf
from operations.clients import answering, bigquery_client, transfer_client
from operations.erasing.forgetting import Forgetting
from operations.maintenance import Maintenance
from operations.placement import placement
from operations.restore.restoring import Ask, Place, Restore
from operations.restore.standstill import Standstill
from operations.scheduled_runs import ScheduledQueries
from operations.stack import Stack
from outputs import StackOutputs
from settings.errors import ErosError

JOB = "restore_drill"
SECONDS = 60.0
DATASET = re.compile(r"[A-Za-z0-9_]{1,1024}")
BUSINESS_ZONE = ZoneInfo("America/Los_Angeles")
MARK = "eros_drill_of"


@dataclass(frozen=True, slots=True)
class Room:
    """A deployed stack, and the clients for it."""

    stack: str
    root: Path
    outputs: StackOutputs
    place: Placement
    client: bigquery.Client
    shelf: Shelf
    say: Callable[[str], None]
    prompt: Callable[[str], str]

    @classmethod
    def open(cls, stack: str, say: Callable[[str], None], prompt: Callable[[str], str]) -> Room:
        """Errors: as `Stack.open`, OutputsError, CloudError."""
        opened = Stack.open(stack, say)
        outputs = opened.outputs()
        client = bigquery_client(outputs.project, outputs.location)
        shelf = Shelf(Bucket.of(outputs), stack, outputs, load(opened.root))
        return cls(stack, opened.root, outputs, placement(outputs), client, shelf, say, prompt)

    def own(self) -> Restore:
        """Into the stack's own tables."""
        return self._restore(Place(lambda name: str(self.place.address(name)), own=True))

    def elsewhere(self, dataset: str) -> Restore:
        """Into another dataset, which is made if need be. Errors: ErosError for one of the stack's own, CloudError."""
        self._make(dataset, {})
        return self._restore(self._there(dataset))

    def drill(self, ask: Ask, dataset: str) -> None:
        """Restores into a scratch dataset, records the outcome and removes it. Errors: as a restore, ErosError."""
        if not dataset:
            raise ErosError("a drill needs a scratch dataset", fix=f"eros restore --drill --to SCRATCH -s {self.stack}")
        if not self._make(dataset, {MARK: self.stack}) and not self._is_scratch(dataset):
            raise ErosError(f"dataset {dataset} exists and is not a drill's: it would be removed", fix="name another")
        started = datetime.now(UTC)
        try:
            backup = self.shelf.get(ask.wanted or LATEST)
            agreed = Ask(backup.id, ask.tables, ask.leave, ask.reason or "drill", yes=True)
            self._restore(self._there(dataset)).run(agreed)
        except Exception as error:
            self._record(started, "FAILED", 0, f"{error}".splitlines()[0])
            raise
        finally:
            self._remove(dataset)
        taken = [table for name, table in backup.tables.items() if name in (ask.tables or backup.tables)]
        self._record(started, "SUCCESS", sum(table.rows for table in taken), f"backup {backup.id}")
        self.say(f"drill: backup {backup.id} came back whole, {len(taken)} tables; {dataset} is gone again")

    def _restore(self, place: Place) -> Restore:
        queries = ScheduledQueries(transfer_client(), self.outputs)
        schedules = Standstill(Maintenance(self.client, queries, self.outputs), queries, self.outputs)
        forgetting = Forgetting(self.client, self.place, load(self.root), place.own)
        return Restore(
            *(self.client, self.shelf, self.stack, self.root, self.outputs, place),
            *(schedules, forgetting, self.say, self.prompt),
        )

    def _there(self, dataset: str) -> Place:
        return Place(lambda name: f"{self.outputs.project}.{dataset}.{name}", own=False)

    def _make(self, dataset: str, labels: dict[str, str]) -> bool:
        """Makes a dataset; False when there is one."""
        if not DATASET.fullmatch(dataset):
            raise ErosError(f"{dataset!r} is no name of a dataset", fix="letters, digits and underscores")
        if dataset in self.place.datasets:
            raise ErosError(f"{dataset} is the stack's own dataset", fix="leave --to out, or name another one")
        made = bigquery.Dataset(f"{self.outputs.project}.{dataset}")
        made.location, made.labels = self.outputs.location, labels
        with answering(f"making dataset {dataset}"):
            try:
                self.client.create_dataset(made, timeout=SECONDS)
            except Conflict:
                return False
        return True

    def _is_scratch(self, dataset: str) -> bool:
        """Whether a drill that was killed has left it."""
        with answering(f"reading dataset {dataset}"):
            try:
                found = self.client.get_dataset(f"{self.outputs.project}.{dataset}", timeout=SECONDS)
            except NotFound:
                return True
        return bool(found.labels.get(MARK) == self.stack)

    def _remove(self, dataset: str) -> None:
        with answering(f"removing dataset {dataset}"):
            address = f"{self.outputs.project}.{dataset}"
            self.client.delete_dataset(address, delete_contents=True, not_found_ok=True, timeout=SECONDS)

    def _record(self, started: datetime, status: str, rows: int, text: str) -> None:
        """The drill's row among the job runs. Errors: CloudError."""
        open_, close = (self.place.relation(name) for name in ("job_run_open", "job_run_close"))
        values: dict[str, tuple[str, Any]] = {
            "job": ("STRING", f"{JOB}_{started:%Y%m%d}_{uuid.uuid4()}"),
            "day": ("DATE", started.astimezone(BUSINESS_ZONE).date()),
            "started": ("TIMESTAMP", started),
            "status": ("STRING", status),
            "failed": ("INT64", int(status == "FAILED")),
            "done": ("INT64", rows),
            "text": ("STRING", text),
        }
        config = bigquery.QueryJobConfig(
            query_parameters=[bigquery.ScalarQueryParameter(name, *value) for name, value in values.items()]
        )
        statement = (
            f"CALL {open_}(@job, '{JOB}', @day, @started);\n"
            f"CALL {close}(@job, @status, NULL, NULL, @done, @failed, NULL, @text, CURRENT_TIMESTAMP());"
        )
        with answering("recording the drill"):
            self.client.query(statement, config, timeout=SECONDS).result(timeout=SECONDS)
