"""The product's errors for its users."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from plain_command.errors import UserError


class ErosError(UserError):
    """What is wrong with the platform's files, values or stacks."""


class SettingsError(ErosError):
    """A value the operator stated is wrong."""


@dataclass(frozen=True, slots=True)
class FilePosition:
    """A place in a file of the project: `sql/tables/x.sql:12`. `line` counts from 1; 0 is the whole file."""

    path: Path
    line: int = 0

    def __str__(self) -> str:
        return f"{self.path}:{self.line}" if self.line else str(self.path)


class SourceError(ErosError):
    """A file of the project is wrong: says `path:line: message`."""

    def __init__(self, location: FilePosition, message: str, *, fix: str = "") -> None:
        super().__init__(f"{location}: {message}", fix=fix)
        self.location = location
