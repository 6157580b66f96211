"""Making a backup: every table extracted as it was at one instant, loaded again and compared, and the document last.

All tables are read at the same time in the past: the extract jobs by a time decorator ("table decorators can be used
whenever a table is read, such as ... exporting a table", https://cloud.google.com/bigquery/docs/table-decorators), the
checksums by FOR SYSTEM_TIME AS OF the same millisecond. So nothing stands still for a backup, and one that is killed
leaves nothing behind but a folder without document, which the bucket's lifecycle takes.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from google.api_core.exceptions import NotFound
from google.cloud import bigquery

from catalog import Placement
from operations.backup import documents, staging
from operations.backup.backup_facts import Backup, File, Origin, TableBackup
from operations.backup.bucket import Bucket
from operations.backup.ids import backup_id
from operations.clients import answering
from operations.errors import CloudError
from operations.rows.fingerprint import every_row, fingerprint, own_columns
from operations.rows.statements import run
from outputs import StackOutputs
from settings.errors import ErosError

AT_ONCE = 4
SECONDS = 60.0
JOB_SECONDS = 3600.0
PARTITIONING = ("timePartitioning", "rangePartitioning")
Done = Callable[[str, TableBackup], None]


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a backup takes: tables by logical name, and declared ones that are not there."""

    tables: dict[str, bigquery.Table]
    missing: tuple[str, ...]


class Writer:
    """Makes backups of one deployed stack."""

    def __init__(
        self, client: bigquery.Client, bucket: Bucket, stack: str, outputs: StackOutputs, place: Placement
    ) -> None:
        self._client, self._bucket, self._stack = client, bucket, stack
        self._outputs, self._place = outputs, place

    def choose(self, names: Collection[str]) -> Chosen:
        """The tables of these names, all declared ones without. Errors: ErosError for an unknown one, CloudError."""
        declared = {*self._outputs.tables, *self._outputs.sources}
        check_names(names, declared)
        with answering("reading the tables"), ThreadPoolExecutor(AT_ONCE) as pool:
            wanted = sorted(names or declared)
            found = dict(zip(wanted, pool.map(self._table, wanted), strict=True))
        missing = tuple(name for name, table in found.items() if table is None)
        if names and missing:
            raise ErosError(f"table {missing[0]} does not exist: {self._place.address(missing[0])}", fix="leave it out")
        return Chosen({name: table for name, table in found.items() if table is not None}, missing)

    def write(self, chosen: Chosen, done: Done) -> Backup:
        """Makes the backup; `done` hears of each table. Errors: CloudError, BackupUnusable; then it has no document."""
        self._bucket.files("0")  # the bucket is there, and may be read
        taken = self._instant()
        folder = backup_id(taken)
        if self._bucket.files(f"{folder}/"):
            raise CloudError(f"there is a backup of this second already: {folder}", fix="run the command again")
        backups: dict[str, TableBackup] = {}
        with ThreadPoolExecutor(AT_ONCE) as pool:
            running = {
                pool.submit(self._write_table, name, table, folder, taken): name
                for name, table in chosen.tables.items()
            }
            try:
                for ended in as_completed(running):
                    backups[running[ended]] = ended.result()
                    done(running[ended], backups[running[ended]])
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise
        backup = Backup(
            id=folder,
            origin=Origin.COMMAND,
            stack=self._stack,
            project=self._outputs.project,
            dataset=self._outputs.dataset,
            taken=taken,
            tables={name: backups[name] for name in sorted(backups)},
            document=f"{folder}/{documents.METADATA}",
        )
        self._bucket.write(backup.document, documents.write(backup, datetime.now(UTC)))
        return backup

    def _table(self, name: str) -> bigquery.Table | None:
        """A declared table. None when there is none, or it is a view that somebody has put in its place."""
        try:
            found = self._client.get_table(str(self._place.address(name)), timeout=SECONDS)
        except NotFound:
            return None
        return found if found.table_type == "TABLE" else None

    def _instant(self) -> datetime:
        """Now, by BigQuery's clock, in whole milliseconds: what a time decorator can say."""
        (row,) = run(self._client, "SELECT UNIX_MILLIS(CURRENT_TIMESTAMP()) AS now")
        return datetime.fromtimestamp(row["now"] / 1000, UTC)

    def _write_table(self, name: str, table: bigquery.Table, folder: str, taken: datetime) -> TableBackup:
        path = str(self._place.address(name))
        found = fingerprint(self._client, path, own_columns(table.schema), as_of=taken, every=every_row(table))
        pattern = self._bucket.uri(f"{folder}/{name}/*.avro")
        self._extract(f"{path}@{round(taken.timestamp() * 1000)}", pattern)
        resource: dict[str, Any] = table.to_api_repr()
        files: list[File] = self._bucket.files(f"{folder}/{name}/")
        written = TableBackup(
            name=name,
            rows=found.rows,
            checksum=found.checksum,
            fields=resource["schema"]["fields"],
            pattern=pattern,
            source=path,
            partitioning={key: resource[key] for key in PARTITIONING if resource.get(key)},
            clustering=list(table.clustering_fields or ()),
            description=table.description or "",
            labels=dict(table.labels or {}),
            primary_key=_primary_key(resource),
            files=files,
        )
        scratch = f"{path}_backup_check"
        staging.stage(self._client, written, scratch, {"eros_backup": folder})
        staging.drop(self._client, scratch)
        return written

    def _extract(self, source: str, pattern: str) -> None:
        config = bigquery.ExtractJobConfig(
            destination_format="AVRO", compression="DEFLATE", use_avro_logical_types=True
        )
        with answering(f"extracting {source} to {pattern}"):
            job = self._client.extract_table(source, pattern, job_config=config, timeout=SECONDS)
            job.result(timeout=JOB_SECONDS)


def check_names(names: Iterable[str], known: Collection[str]) -> None:
    """Errors: ErosError with every name that is none of `known`."""
    if unknown := sorted(set(names) - set(known)):
        listed = ", ".join(map(repr, unknown))
        raise ErosError(f"no table {listed}", fix=f"one of: {', '.join(sorted(known))}")


def _primary_key(resource: dict[str, Any]) -> list[str]:
    constraints = resource.get("tableConstraints") or {}
    return list((constraints.get("primaryKey") or {}).get("columns") or ())
