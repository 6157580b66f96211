"""What a rollback under way remembers, so that one that was killed goes on: a file beside the program."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

from operations.durable import write_json
from operations.project import OF_THIS_MACHINE
from settings.errors import ErosError


@dataclass(slots=True)
class RollbackJournal:
    """A confirmed rollback. `id` is its start, `of` and `to` are numbers of updates, `stopped` the schedules that it
    stopped, `backup` what the tables held before it, `is_updated` that the program of then is deployed again.
    """

    id: str
    of: int
    to: int
    commit: str
    started: str
    by: str
    reason: str
    with_data: str = ""
    backup: str = ""
    rows: dict[str, int] = field(default_factory=dict)
    verified_before: str = ""
    failed_before: list[str] = field(default_factory=list)
    stopped: list[str] = field(default_factory=list)
    is_updated: bool = False
    is_restored: bool = False
    notes: list[str] = field(default_factory=list)


class RollbackFile:
    """The journal of a stack's rollback, on this machine."""

    def __init__(self, root: Path, stack: str) -> None:
        self._path = root / OF_THIS_MACHINE / f"rollback-{stack}" / "journal.json"

    def read(self) -> RollbackJournal | None:
        """The rollback that is under way. Errors: ErosError for a file that nobody can read."""
        try:
            return RollbackJournal(**json.loads(self._path.read_text(encoding="utf-8")))
        except FileNotFoundError:
            return None
        except (ValueError, TypeError, AttributeError):
            fix = f"eros resume, eros history and eros preview show where the stack stands; then rm '{self._path}'"
            raise ErosError(f"{self._path} cannot be read", fix=fix) from None

    def write(self, journal: RollbackJournal) -> None:
        """Whole or not at all, and on the disk before it returns. Errors: OSError."""
        write_json(self._path, asdict(journal))

    def remove(self) -> None:
        """Forgets the rollback."""
        self._path.unlink(missing_ok=True)
