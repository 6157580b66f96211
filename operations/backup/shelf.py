"""The backups that lie in a stack's bucket: found, read, and told apart from what is not finished."""

from __future__ import annotations

from dataclasses import dataclass

from catalog import Catalog
from operations.backup import documents
from operations.backup.backup_facts import Backup, BackupUnusable, File, TableBackup
from operations.backup.bucket import Bucket
from operations.backup.ids import LATEST, instant_of
from outputs import StackOutputs


@dataclass(frozen=True, slots=True)
class Entry:
    """A folder of the bucket: the backup in it, or why there is none that can be used."""

    id: str
    backup: Backup | None
    problem: str = ""


class Shelf:
    """The backups of one stack."""

    def __init__(self, bucket: Bucket, stack: str, outputs: StackOutputs, catalog: Catalog) -> None:
        self._bucket, self._stack, self._outputs, self._catalog = bucket, stack, outputs, catalog

    def list(self, newest: int | None = None) -> list[Entry]:
        """All, or so many, the newest first. Errors: CloudError."""
        names = [name for name in self._bucket.folders() if instant_of(name)]
        return [self._entry(name) for name in sorted(names, reverse=True)[:newest]]

    def get(self, wanted: str) -> Backup:
        """A backup by its id, or the newest that can be used. Errors: BackupUnusable, CloudError."""
        if wanted == LATEST:
            return self._latest()
        there = f"gs://{self._bucket.name}"
        if instant_of(wanted) is None or not self._bucket.files(f"{wanted}/"):
            raise BackupUnusable(
                f"there is no backup {wanted!r} in {there}", fix=f"one of: eros backups -s {self._stack}"
            )
        return self._read(wanted)

    def check_files(self, backup: Backup, table: TableBackup) -> None:
        """Compares the objects of a table with what was recorded of them. Errors: BackupUnusable with the object."""
        there = {file.name: file for file in self._bucket.files(f"{backup.id}/{table.name}")}
        fix = f"use another backup: eros backups -s {self._stack}"
        for file in table.files:
            found = there.get(file.name)
            if found is None:
                raise BackupUnusable(f"{self._bucket.uri(file.name)} is missing", fix=fix)
            if problem := _difference(file, found):
                raise BackupUnusable(f"{self._bucket.uri(file.name)} {problem}: it is not what was backed up", fix=fix)
        if table.files and (more := sorted(there.keys() - {file.name for file in table.files})):
            raise BackupUnusable(f"{self._bucket.uri(more[0])} does not belong to the backup", fix="move it away")
        if not there and table.rows:
            raise BackupUnusable(f"{table.pattern}: no such file, though it had {table.rows:,} rows", fix=fix)

    def _latest(self) -> Backup:
        problems = []
        for name in sorted((name for name in self._bucket.folders() if instant_of(name)), reverse=True):
            entry = self._entry(name)
            if entry.backup:
                return entry.backup
            problems.append(f"{name}: {entry.problem}")
        message = f"gs://{self._bucket.name} holds no backup that can be used"
        raise BackupUnusable("\n  ".join([message, *problems]), fix=f"eros backup -s {self._stack}")

    def _entry(self, name: str) -> Entry:
        try:
            return Entry(name, self._read(name))
        except BackupUnusable as error:
            return Entry(name, None, error.message)

    def _read(self, name: str) -> Backup:
        found = {file.name for file in self._bucket.files(f"{name}/{documents.METADATA}")}
        manifests = sorted(file.name for file in self._bucket.files(f"{name}/{documents.MANIFEST}"))
        if found:
            (document,) = found
            text = self._bucket.read(document)
            backup = documents.read_metadata(text, document, self._bucket.uri, self._catalog)
        elif manifests:
            lines = [line for one in manifests for line in self._bucket.read(one).splitlines()]
            backup = documents.read_manifest(lines, manifests[0])
        else:
            message = (
                f"backup {name} is not finished: it has neither {documents.METADATA} nor {documents.MANIFEST}*.json"
            )
            raise BackupUnusable(message, fix="use another backup: eros backups")
        self._check_owner(backup)
        return backup

    def _check_owner(self, backup: Backup) -> None:
        ours = {"project": self._outputs.project, "dataset": self._outputs.dataset, "stack": self._stack}
        theirs = {"project": backup.project, "dataset": backup.dataset, "stack": backup.stack or self._stack}
        for field, value in theirs.items():
            if value != ours[field]:
                raise BackupUnusable(
                    f"{self._bucket.uri(backup.document)}: the backup is of {field} {value}, this is {field}"
                    f" {ours[field]}",
                    fix=f"name that stack with -s, or use another backup: eros backups -s {self._stack}",
                )


def _difference(recorded: File, found: File) -> str:
    if found.size != recorded.size:
        return f"has {found.size:,} bytes, recorded were {recorded.size:,}"
    return "has another CRC32C" if recorded.crc32c and found.crc32c != recorded.crc32c else ""
