"""One table on its way back: staged and compared, what would be lost counted, kept as a snapshot, exchanged.

The exchange is one transaction (`operations.rows.swap`): whoever reads the table, and whoever kills this process, finds
the old rows or the new ones.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from google.api_core.exceptions import GoogleAPICallError, NotFound
from google.cloud import bigquery

from operations.backup import staging
from operations.backup.backup_facts import BackupUnusable, TableBackup
from operations.clients import answering
from operations.errors import CloudError
from operations.restore.pairing import Pairing, pair
from operations.rows.fingerprint import Fingerprint, every_row, fingerprint, own_columns, quoted
from operations.rows.statements import run
from operations.rows.swap import RowsDiffer, copy_rows

SECONDS = 60.0
SNAPSHOT_DAYS = 7
LABEL = "eros_restore"
LOCKS = "active_caption_assignments"
# CANCELLED: not usage, so the captions are free again; the rows stay.
DEACTIVATE = """\
UPDATE {table}
SET is_active = FALSE, deactivated_at = TIMESTAMP '{now}', deactivation_reason = 'CANCELLED'
WHERE is_active AND scheduled_send_date >= DATE(TIMESTAMP '{now}', 'America/Los_Angeles')
"""
# How the start of a value's partition is found, by the column's type.
TRUNCATED = {
    "DATE": "TIMESTAMP(DATE_TRUNC({0}, {1}))",
    "DATETIME": "TIMESTAMP(DATETIME_TRUNC({0}, {1}))",
    "TIMESTAMP": "TIMESTAMP_TRUNC({0}, {1})",
}

LOST = """\
-- rows of {table} that the backup does not have
WITH now AS (SELECT FARM_FINGERPRINT(TO_JSON_STRING(STRUCT({mine}))) AS h, COUNT(*) AS n
  FROM {table} AS source{where} GROUP BY h),
back AS (SELECT FARM_FINGERPRINT(TO_JSON_STRING(STRUCT({theirs}))) AS h, COUNT(*) AS n
  FROM {staged} AS source GROUP BY h)
SELECT COALESCE(SUM(GREATEST(now.n - COALESCE(back.n, 0), 0)), 0) AS lost
FROM now LEFT JOIN back ON now.h = back.h
"""


@dataclass(frozen=True, slots=True)
class Look:
    """What a table holds and what it would hold."""

    rows: int
    checksum: str
    backup_rows: int
    lost: int
    notes: tuple[str, ...]


def scratch(target: str) -> str:
    """The table beside `target` into which its rows are loaded."""
    return f"{target}_restoring"


class TableRestore:
    """The way of one table of a backup to `target` (project.dataset.name)."""

    def __init__(
        self, client: bigquery.Client, table: TableBackup, target: str, restore: str, leave: Collection[str] = ()
    ) -> None:
        self._client, self._table, self._target, self._restore = client, table, target, restore
        self._leave = {one.partition(".")[2] for one in leave if one.startswith(f"{table.name}.")}
        self._staging = scratch(target)
        self.snapshot = f"{target}_before_{restore}"
        self.notes: list[str] = []

    def stage(self) -> None:
        """Loads and compares. Changes nothing but a scratch table. Errors: BackupUnusable, CloudError."""
        self._live = self._read()
        if self._live and self._live.table_type != "TABLE":
            kind = self._live.table_type.lower()
            raise BackupUnusable(f"{self._target} is a {kind}, not a table", fix="leave it out (--tables), or use --to")
        if self._live and self._live.time_partitioning and not self._live.time_partitioning.field:
            fix = "leave it out (--tables), and load the files of the backup by hand"
            raise BackupUnusable(f"{self._target} is partitioned by the time of loading, which no file keeps", fix=fix)
        labels = {LABEL: self._restore}
        self._staged = staging.stage(self._client, self._table, self._staging, labels)

    def look(self) -> Look:
        """Compares the staged rows with the table. Errors: BackupUnusable where columns do not fit, CloudError."""
        if self._live is None:
            self._pairing = Pairing(self._staged.values, (f"{self._target} does not exist: it is made anew",))
            return Look(0, "", self._table.rows, 0, tuple(self._pairing.notes))
        self._pairing = pair(self._client, self._table.name, self._staged, self._live, self._leave)
        held = self._fingerprint()
        return Look(held.rows, held.checksum, self._table.rows, self._lost(), tuple(self._pairing.notes))

    def checksum(self) -> str:
        """Of the table as it is. Empty when there is none. Errors: CloudError."""
        self._live = self._read()
        return self._fingerprint().checksum if self._live else ""

    def lost(self) -> int:
        """How many rows the table holds that it would not hold any more. Errors: CloudError."""
        return self._lost() if self._live else 0

    def prepare(self, now: datetime | None, forget: Callable[[str, str], int]) -> None:
        """Makes the staged rows those that the table is to hold. Errors: BackupUnusable, CloudError.

        `forget` takes out of a table, by logical name and address, what was erased since. Rows that the table's
        partition expiration would take at once are left out; with `now`, locks of the future are deactivated as of that
        instant. A table that is not there is made, empty.
        """
        if self._live is None:
            self._create()
            self._pairing = pair(self._client, self._table.name, self._staged, self._created(), self._leave)
        if count := forget(self._table.name, self._staging):
            self.notes.append(f"{count:,} rows held what was erased since the backup: that stays out")
        if now and self._table.name == LOCKS:
            count = self._change(DEACTIVATE.format(table=quoted(self._staging), now=now.isoformat(" ")))
            self.notes.append(f"{count:,} locks of the future are deactivated (CANCELLED): schedule them anew")
        if expired := self._expired():
            count = self._change(f"DELETE FROM {quoted(self._staging)} WHERE {expired}")
            if count:
                self.notes.append(f"{count:,} rows are older than the table keeps: they stay in the backup")
        self._expected = fingerprint(self._client, self._staging, self._pairing.values)

    def is_done(self) -> bool:
        """Whether the table holds what it is to hold. Errors: CloudError."""
        table = self._created()
        own = own_columns(table.schema)
        values = {name: own[name] for name in self._pairing.values}
        return fingerprint(self._client, self._target, values, every=every_row(table)) == self._expected

    def keep(self) -> str:
        """A snapshot of the table as it is, which goes after a week; its name. Errors: CloudError."""
        config = bigquery.CopyJobConfig(operation_type="SNAPSHOT", write_disposition="WRITE_EMPTY")
        config.destination_expiration_time = (datetime.now(UTC) + timedelta(days=SNAPSHOT_DAYS)).isoformat()
        with answering(f"keeping {self._target} as {self.snapshot}"):
            # One that an interrupted run has left shows less: nothing was exchanged since, or this would not run.
            self._client.delete_table(self.snapshot, not_found_ok=True, timeout=SECONDS)
            job = self._client.copy_table(self._target, self.snapshot, job_config=config, timeout=SECONDS)
            job.result(timeout=SECONDS * 10)
        return self.snapshot

    def exchange(self, known: str) -> None:
        """Puts the staged rows in the place of the table's, if it still has the checksum `known`.

        Errors: RowsDiffer, CloudError; then the table is as it was, or its snapshot is named.
        """
        table = self._created()
        values, schema = self._pairing.values, list(table.schema)
        copied = copy_rows(self._client, self._staging, self._target, values, schema, {known}, every_row(table))
        if copied is None:
            raise RowsDiffer(
                f"{self._target} was written to while it was being restored; it is as its writer left it",
                fix="stop what writes to it, then run the command again",
            )
        if not self.is_done():
            raise RowsDiffer(
                f"{self._target} does not hold what the backup holds: somebody wrote to it just now",
                fix=f"stop what writes to it, then run the command again; what it held is in {self.snapshot}",
            )

    def _created(self) -> bigquery.Table:
        if self._live is None:
            raise CloudError(f"{self._target} has just gone", fix="look for who dropped it, then run the command again")
        return self._live

    def _fingerprint(self) -> Fingerprint:
        table = self._created()
        return fingerprint(self._client, self._target, own_columns(table.schema), every=every_row(table))

    def _create(self) -> None:
        """The table with the layout that the backup recorded; it is not there."""
        project, dataset, name = self._target.split(".")
        body: dict[str, Any] = {
            "tableReference": {"projectId": project, "datasetId": dataset, "tableId": name},
            "schema": {"fields": list(self._table.fields)},
            "description": self._table.description,
            "labels": dict(self._table.labels),
            **self._table.partitioning,
        }
        if self._table.clustering:
            body["clustering"] = {"fields": list(self._table.clustering)}
        if self._table.primary_key:
            body["tableConstraints"] = {"primaryKey": {"columns": list(self._table.primary_key)}}
        with answering(f"making {self._target}"):
            self._live = self._client.create_table(bigquery.Table.from_api_repr(body), timeout=SECONDS)

    def _lost(self) -> int:
        table = self._created()
        own, every = own_columns(table.schema), every_row(table)
        names = list(self._pairing.values)
        statement = LOST.format(
            table=quoted(self._target),
            staged=quoted(self._staging),
            mine=", ".join(f"{own[name]} AS {quoted(name)}" for name in names),
            theirs=", ".join(f"{self._pairing.values[name]} AS {quoted(name)}" for name in names),
            where=f" WHERE {every}" if every else "",
        )
        return int(run(self._client, statement)[0]["lost"])

    def _expired(self) -> str:
        """The condition of staged rows whose partition the table would drop at once; empty where it drops none."""
        table = self._created()
        spec = table.time_partitioning
        if spec is None or spec.expiration_ms is None or spec.field is None:
            return ""
        kind = next(field.field_type for field in table.schema if field.name.lower() == spec.field.lower())
        start = TRUNCATED[kind].format(quoted(spec.field), spec.type_ or "DAY")
        return f"TIMESTAMP_ADD({start}, INTERVAL {spec.expiration_ms} MILLISECOND) <= CURRENT_TIMESTAMP()"

    def _change(self, statement: str) -> int:
        with answering(statement.splitlines()[0]):
            job = self._client.query(statement, timeout=SECONDS)
            job.result(timeout=SECONDS * 10)
            return int(job.num_dml_affected_rows or 0)

    def _read(self) -> bigquery.Table | None:
        try:
            return self._client.get_table(self._target, timeout=SECONDS)
        except NotFound:
            return None
        except GoogleAPICallError as error:
            raise CloudError(f"reading {self._target}: {error.message}") from error
