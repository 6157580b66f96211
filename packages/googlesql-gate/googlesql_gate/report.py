"""What the checker found."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from googlesql_gate.source import Position


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that BigQuery would refuse; prints as `file:line:column: message`."""

    path: Path
    position: Position
    message: str

    def __str__(self) -> str:
        return f"{self.path}:{self.position.line}:{self.position.column}: {self.message}"


@dataclass(frozen=True, slots=True)
class Report:
    """The outcome of a check. `statements` counts every statement analyzed, those inside procedures included."""

    findings: tuple[Finding, ...]
    statements: int
    files: int
