"""What a restore under way remembers, so that one that was killed goes on: a file beside the program."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from operations.durable import write_json
from operations.project import OF_THIS_MACHINE
from settings.errors import ErosError


@dataclass(slots=True)
class TableState:
    """One table: its checksum when the operator agreed, how many rows that loses, and the snapshot of what it held."""

    before: str = ""
    snapshot: str = ""
    rows_before: int = 0
    rows: int = 0
    lost: int = 0
    done: bool = False


@dataclass(slots=True)
class Journal:
    """A confirmed restore. `id` is its start, `backup` what it restores, `stopped` the schedules that it stopped."""

    id: str
    backup: str
    started: str
    by: str
    reason: str
    leave: list[str]
    stopped: list[str] = field(default_factory=list)
    tables: dict[str, TableState] = field(default_factory=dict)

    @property
    def why(self) -> str:
        """Why the schedules stand still."""
        return f"restore {self.id} of backup {self.backup}"


class JournalFile:
    """The journal of a stack's restore, on this machine."""

    def __init__(self, root: Path, stack: str) -> None:
        self._path = root / OF_THIS_MACHINE / f"restore-{stack}.json"

    def read(self) -> Journal | None:
        """The restore that is under way. Errors: ErosError for a file that nobody can read."""
        try:
            content: Any = json.loads(self._path.read_text(encoding="utf-8"))
            tables = {name: TableState(**state) for name, state in content.pop("tables").items()}
            return Journal(**content, tables=tables)
        except FileNotFoundError:
            return None
        except (ValueError, KeyError, TypeError, AttributeError):
            fix = "compare the tables with their snapshots NAME_before_..., then remove the file"
            raise ErosError(f"{self._path} cannot be read", fix=fix) from None

    def write(self, journal: Journal) -> None:
        """Whole or not at all, and on the disk before it returns. Errors: OSError."""
        write_json(self._path, asdict(journal))

    def remove(self) -> None:
        """Forgets the restore."""
        self._path.unlink(missing_ok=True)
