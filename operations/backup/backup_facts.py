"""What a backup says of itself, whoever wrote it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from settings.errors import ErosError

Json = Mapping[str, Any]


class BackupUnusable(ErosError):
    """A backup that cannot be restored as it is; nothing was changed."""


class Origin(StrEnum):
    """Who wrote a backup, and so in which form."""

    COMMAND = "eros backup"
    SCHEDULED = "scheduled"
    OLD_SYSTEM = "old system"


class Format(StrEnum):
    """Of a table's files, as load jobs name it."""

    AVRO = "AVRO"
    JSON = "NEWLINE_DELIMITED_JSON"


@dataclass(frozen=True, slots=True)
class File:
    """An object of the bucket: its name there, bytes, and CRC32C and MD5 as Cloud Storage states them (base64)."""

    name: str
    size: int
    crc32c: str = ""
    md5: str = ""


@dataclass(frozen=True, slots=True)
class TableBackup:
    """One table. `name` is logical; `checksum` as `operations.rows.fingerprint`, empty where none was recorded.

    `fields`, `partitioning` and `clustering` are as the API has them; `pattern` is the URI that stands for its files,
    which are listed in `files` where their sizes were recorded.
    """

    name: str
    rows: int
    checksum: str
    fields: Sequence[Json]
    pattern: str
    format: Format = Format.AVRO
    source: str = ""
    partitioning: Json = field(default_factory=dict)
    clustering: Sequence[str] = ()
    description: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    primary_key: Sequence[str] = ()
    files: Sequence[File] = ()


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup. `stack` is empty for the old system's; `taken` is the instant that all its tables show."""

    id: str
    origin: Origin
    stack: str
    project: str
    dataset: str
    taken: datetime
    tables: Mapping[str, TableBackup]
    document: str
    """Name of the object that says all this."""

    @property
    def rows(self) -> int:
        return sum(table.rows for table in self.tables.values())

    @property
    def bytes(self) -> int:
        """Of the files whose sizes were recorded."""
        return sum(file.size for table in self.tables.values() for file in table.files)
