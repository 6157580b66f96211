"""What a rollback or a deployment does to the cloud beside its update: backup, schedules, checks, records."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from google.api_core.exceptions import NotFound
from google.cloud import bigquery

from catalog import load_cached
from catalog.errors import CatalogErrors
from operations.clients import answering, bigquery_client, transfer_client
from operations.maintenance import Maintenance
from operations.notify import Status, notify
from operations.oncall.muting import Muting
from operations.placement import placement
from operations.releases import figures, verifying
from operations.releases.deployments import Closed, Deployments, Opened
from operations.releases.figures import Figures
from operations.releases.verifying import Verified
from operations.restore.standstill import Standstill
from operations.rollback import live_definitions
from operations.scheduled_runs import ScheduledQueries
from operations.stack import Stack
from outputs import StackOutputs

SECONDS = 60.0
Say = Callable[[str], None]


class Hands(Protocol):
    """What `rolling` and `deploying` need; a test gives its own."""

    def backup(self) -> tuple[str, dict[str, int]]:
        """Writes all tables; its id, and the rows of each table."""

    def rows(self, names: Collection[str]) -> dict[str, int]:
        """How many rows each of these tables has; without those that are gone."""

    def running(self) -> list[str]:
        """The schedules that are enabled."""

    def stop(self, names: Collection[str], why: str) -> None:
        """Stops these schedules and waits for runs on their way."""

    def start(self, names: Collection[str]) -> list[str]:
        """Starts these schedules again."""

    def verify(self, folder: Path, only: Sequence[str] = ()) -> Verified:
        """The checks of the program in a folder, all or these, against what is deployed."""

    def compared(self, stopped: Collection[str]) -> tuple[list[str], list[str]]:
        """What is live otherwise than the engine has recorded it, and schedules that stood still before, too."""

    def figures(self, since: datetime, until: datetime) -> Figures:
        """How the platform did."""

    def restore(self, backup: str, reason: str) -> None:
        """Puts the rows of a backup back."""

    def opened(self, one: Opened) -> None:
        """Writes down that it runs."""

    def closed(self, one: Closed) -> None:
        """Writes down how it ended."""

    def tell(self, status: Status, details: Mapping[str, str]) -> None:
        """Notifies people."""


@dataclass(slots=True)
class CloudHands:
    """Those of a deployed stack."""

    stack: Stack
    outputs: StackOutputs
    client: bigquery.Client
    schedules: Standstill
    table: Deployments
    say: Say
    event: str

    @classmethod
    def open(cls, stack: Stack, say: Say, event: str = "rollback") -> CloudHands:
        """Errors: OutputsError for a stack without outputs, CloudError."""
        outputs = stack.outputs()
        client = bigquery_client(outputs.project, outputs.location)
        queries = ScheduledQueries(transfer_client(), outputs)
        maintenance = Maintenance(client, queries, outputs, _muting(stack, outputs))
        schedules = Standstill(maintenance, queries, outputs)
        table = Deployments(client, outputs, stack.name, str(stack.engine), say)
        return cls(stack, outputs, client, schedules, table, say, event)

    def backup(self) -> tuple[str, dict[str, int]]:
        from operations.backup.bucket import Bucket
        from operations.backup.writing import Writer

        bucket = Bucket.of(self.outputs)
        writer = Writer(self.client, bucket, self.stack.name, self.outputs, placement(self.outputs))
        made = writer.write(writer.choose(()), lambda _, __: None)
        return made.id, {name: table.rows for name, table in made.tables.items()}

    def rows(self, names: Collection[str]) -> dict[str, int]:
        place, found = placement(self.outputs), {}
        with answering("counting rows"):
            for name in names:
                try:
                    found[name] = int(self.client.get_table(str(place.address(name)), timeout=SECONDS).num_rows or 0)
                except NotFound:
                    continue
        return found

    def running(self) -> list[str]:
        return self.schedules.running()

    def stop(self, names: Collection[str], why: str) -> None:
        self.schedules.stop(names, why)

    def start(self, names: Collection[str]) -> list[str]:
        return self.schedules.start(names)

    def verify(self, folder: Path, only: Sequence[str] = ()) -> Verified:
        return verifying.verify(folder, self.stack.name, only)

    def compared(self, stopped: Collection[str]) -> tuple[list[str], list[str]]:
        return live_definitions.compared(self.stack.resources(), stopped)

    def figures(self, since: datetime, until: datetime) -> Figures:
        return figures.measure(self.client, self.outputs, since, until)

    def restore(self, backup: str, reason: str) -> None:
        from operations.restore.restoring import Ask
        from operations.restore.rooms import Room

        room = Room.open(self.stack.name, self.say, lambda _: "")
        room.own().run(Ask(backup, (), (), reason, yes=True))

    def opened(self, one: Opened) -> None:
        self.table.open(one)

    def closed(self, one: Closed) -> None:
        self.table.close(one)

    def tell(self, status: Status, details: Mapping[str, str]) -> None:
        notify(self.outputs.project, self.stack.name, self.event, status, details, self.say)


def _muting(stack: Stack, outputs: StackOutputs) -> Muting | None:
    """What silences the alerts of schedules that stand still; None where these files cannot be read."""
    try:
        return Muting(stack.name, outputs, load_cached(stack.root).alerts)
    except CatalogErrors:
        return None
