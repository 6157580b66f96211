"""The documents of a backup: `metadata.json` of `eros backup` and of the old system, `manifest-*.json` of the schedule.

A document that is not of its form is refused with the field that is wrong; none is trusted to be whole.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

from catalog import Catalog
from operations.backup.backup_facts import Backup, BackupUnusable, File, Format, Origin, TableBackup
from operations.backup.ids import instant_of
from operations.rows.request import table_body

METADATA, MANIFEST = "metadata.json", "manifest-"
VERSION = "1"
T = TypeVar("T")


def write(backup: Backup, completed: datetime) -> str:
    """The text of `metadata.json`."""
    document = {
        "metadata_version": VERSION,
        "backup_id": backup.id,
        "snapshot_time": backup.taken.isoformat(),
        "backup_completed": completed.isoformat(),
        "stack": backup.stack,
        "project_id": backup.project,
        "dataset_id": backup.dataset,
        "tables": [_table_json(table) for table in backup.tables.values()],
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _table_json(table: TableBackup) -> dict[str, Any]:
    return {
        "table_name": table.name,
        "source_table": table.source,
        "row_count": table.rows,
        "size_bytes": sum(file.size for file in table.files),
        "checksum": table.checksum,
        "schema": {"fields": list(table.fields)},
        "partitioning": table.partitioning,
        "clustering": list(table.clustering),
        "primary_key": list(table.primary_key),
        "description": table.description,
        "labels": dict(table.labels),
        "files": [{"name": f.name, "size": f.size, "crc32c": f.crc32c, "md5": f.md5} for f in table.files],
    }


def read_metadata(text: str, name: str, uri: Callable[[str], str], catalog: Catalog) -> Backup:
    """A backup from its `metadata.json`, ours or the old system's. Errors: BackupUnusable."""
    document = _Document(_json(text, name), name)
    if "backup_script_version" in document.values:
        return _old(document, uri, catalog)
    if document.get("metadata_version", str) != VERSION:
        raise document.wrong("metadata_version", f"is not {VERSION}: a newer release wrote it")
    document.get("backup_completed", str)
    folder = document.get("backup_id", str)
    tables = [_table(_Document(one, f"{name}: tables"), folder, uri) for one in document.get("tables", list)]
    return _backup(document, folder, Origin.COMMAND, tables)


def read_manifest(lines: Sequence[str], name: str) -> Backup:
    """A backup from the lines of its `manifest-*.json`, one a table; numbers and objects are text there.

    Errors: BackupUnusable.
    """
    entries = [_Document(_json(line, name), name) for line in lines if line.strip()]
    if not entries:
        raise BackupUnusable(f"{name} is empty", fix="use another backup: eros backups")
    unfinished = [entry for entry in entries if entry.get("backup_completed", bool) is not True]
    if unfinished:
        raise unfinished[0].wrong("backup_completed", "is not true: the backup is not finished")
    tables = [_manifest_table(entry) for entry in entries]
    return _backup(entries[0], entries[0].get("backup_id", str), Origin.SCHEDULED, tables)


def _backup(document: _Document, folder: str, origin: Origin, tables: Sequence[TableBackup]) -> Backup:
    if instant_of(folder) is None or document.name.split("/")[0] != folder:
        raise document.wrong("backup_id", f"is {folder!r}, which is not its folder: it was moved or copied")
    try:
        taken = datetime.fromisoformat(document.get("snapshot_time", str))
    except ValueError:
        raise document.wrong("snapshot_time", "is no instant") from None
    return Backup(
        id=folder,
        origin=origin,
        stack=document.get("stack", str),
        project=document.get("project_id", str),
        dataset=document.get("dataset_id", str),
        taken=taken.astimezone(UTC),
        tables={table.name: table for table in tables},
        document=document.name,
    )


def _table(entry: _Document, folder: str, uri: Callable[[str], str]) -> TableBackup:
    name = entry.get("table_name", str)
    files = [_Document(one, f"{entry.name}.{name}.files") for one in entry.get("files", list)]
    return TableBackup(
        name=name,
        rows=entry.get("row_count", int),
        checksum=entry.get("checksum", str),
        fields=_Document(entry.get("schema", dict), f"{entry.name}.{name}.schema").get("fields", list),
        pattern=uri(f"{folder}/{name}/*.avro"),
        source=entry.get("source_table", str),
        partitioning=entry.get("partitioning", dict),
        clustering=entry.get("clustering", list),
        description=entry.get("description", str),
        labels=entry.get("labels", dict),
        primary_key=entry.get("primary_key", list),
        files=[File(f.get("name", str), f.get("size", int), f.get("crc32c", str), f.get("md5", str)) for f in files],
    )


def _manifest_table(entry: _Document) -> TableBackup:
    return TableBackup(
        name=entry.get("table_name", str),
        rows=entry.get("row_count", int),
        checksum=entry.get("checksum", str),
        fields=_Document(entry.get("schema", dict), f"{entry.name}: schema").get("fields", list),
        pattern=entry.get("files", str),
        source=entry.get("source_table", str),
        partitioning=entry.get("partitioning", dict),
        clustering=entry.get("clustering", list),
    )


def _old(document: _Document, uri: Callable[[str], str], catalog: Catalog) -> Backup:
    """The old system's: packed JSON lines, no schema and no checksum; the columns are those that are declared now."""
    folder = document.name.split("/")[0]
    if not document.values.get("backup_completed"):
        raise document.wrong("backup_completed", "is missing: the backup is not finished")
    tables = []
    for one in document.get("tables", list):
        entry = _Document(one, f"{document.name}: tables")
        name = entry.get("table_name", str)
        declared = catalog.tables.get(name)
        if declared is None:
            raise entry.wrong("table_name", f"{name!r} is no table that a file below sql/tables declares")
        body = table_body(declared, "", "", name)
        tables.append(
            TableBackup(
                name=name,
                rows=entry.get("row_count", int),
                checksum="",
                fields=body["schema"]["fields"],
                pattern=uri(f"{folder}/{name}.json.gz"),
                format=Format.JSON,
                partitioning={key: body[key] for key in ("timePartitioning", "rangePartitioning") if key in body},
                clustering=declared.clustering,
                description=declared.description,
                labels=declared.labels,
                primary_key=declared.primary_key,
            )
        )
    return Backup(
        id=folder,
        origin=Origin.OLD_SYSTEM,
        stack="",
        project=document.get("project_id", str),
        dataset=document.get("dataset", str),
        taken=instant_of(folder) or datetime.fromtimestamp(0, UTC),
        tables={table.name: table for table in tables},
        document=document.name,
    )


class _Document:
    """A JSON object whose fields are asked for by name and type."""

    def __init__(self, values: Any, name: str) -> None:
        self.name = name
        if not isinstance(values, dict):
            raise BackupUnusable(f"{name} is no JSON object", fix="use another backup: eros backups")
        self.values: Mapping[str, Any] = values

    def get(self, field: str, kind: type[T]) -> T:
        """A field. What EXPORT DATA writes as text may be a number, a truth value, an object or a list."""
        value = self.values.get(field)
        if isinstance(value, str) and kind is not str:
            value = self._parsed(field, value)
        if not isinstance(value, kind) or (kind is int and (isinstance(value, bool) or int(str(value)) < 0)):
            raise self.wrong(field, "is missing" if value is None else f"is {value!r}, not of type {kind.__name__}")
        return value

    def wrong(self, field: str, problem: str) -> BackupUnusable:
        """The error of a field."""
        return BackupUnusable(f"{self.name}: {field} {problem}", fix="use another backup: eros backups")

    def _parsed(self, field: str, value: str) -> Any:
        try:
            return json.loads(value)
        except ValueError:
            raise self.wrong(field, f"is {value!r}") from None


def _json(text: str, name: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise BackupUnusable(f"{name} is no JSON: {error}", fix="use another backup: eros backups") from None
