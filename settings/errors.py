"""The one family of errors a user sees. Everything else is a bug and keeps its traceback."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


class ErosError(Exception):
    """What is wrong and what to do about it; `exit_code` is the command's exit code."""

    exit_code = 1

    def __init__(self, message: str, *, fix: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.fix = fix

    def __str__(self) -> str:
        return f"{self.message}\n  fix: {self.fix}" if self.fix else self.message


class SettingsError(ErosError):
    """A value the operator stated is wrong."""


@dataclass(frozen=True, slots=True)
class Location:
    """A place in a file of the project: `sql/tables/x.sql:12`. `line` counts from 1; 0 is the whole file."""

    path: Path
    line: int = 0

    def __str__(self) -> str:
        return f"{self.path}:{self.line}" if self.line else str(self.path)


class SourceError(ErosError):
    """A file of the project is wrong: says `path:line: message`."""

    def __init__(self, location: Location, message: str, *, fix: str = "") -> None:
        super().__init__(f"{location}: {message}", fix=fix)
        self.location = location
