"""What was created and may not have been recorded: urn to id, on disk before a create is answered.

An engine that dies between the answer and its next save asks for the same create again; the object is there. The
journal then says that this very urn made it, and it is returned instead of a conflict. Any later request for the
resource shows that an engine recorded it, and the entry goes.
"""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path
from typing import Final

STATE_VARIABLE: Final = "EROS_LOCAL_STATE"
COMPACT_AFTER: Final = 500


def state_folder() -> Path:
    """The folder of the local cloud's data."""
    stated = os.environ.get(STATE_VARIABLE)
    return Path(stated) if stated else Path(__file__).resolve().parents[2] / ".local"


class Journal:
    """Append-only lines `{"urn": ..., "id": ...}`; `"id": null` takes an entry out. Safe for many threads."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "provider" / "journal.jsonl"
        self._lock = threading.Lock()
        self._entries: dict[str, str] = {}
        self._lines = 0
        self._read()

    def made(self, urn: str) -> str | None:
        """Id of the object that this urn made and that nothing recorded since."""
        with self._lock:
            return self._entries.get(urn)

    def record(self, urn: str, identity: str) -> None:
        """Keep the entry; it is on disk when this returns."""
        with self._lock:
            self._entries[urn] = identity
            self._append(urn, identity, durable=True)

    def forget(self, urn: str, identity: str | None = None) -> None:
        """Drop the entry, if it is for this id (or whatever it is for)."""
        with self._lock:
            known = self._entries.get(urn)
            if known is None or (identity is not None and known != identity):
                return
            del self._entries[urn]
            self._append(urn, None, durable=False)

    def _read(self) -> None:
        try:
            text = self._path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return
        for line in text.splitlines():
            try:
                entry = json.loads(line)
            except ValueError:
                continue  # a line cut short by a crash: its create was never answered
            self._lines += 1
            if entry["id"] is None:
                self._entries.pop(entry["urn"], None)
            else:
                self._entries[entry["urn"]] = entry["id"]

    def _append(self, urn: str, identity: str | None, *, durable: bool) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        if self._lines >= COMPACT_AFTER and self._lines > 2 * len(self._entries):
            self._rewrite()
            return
        with self._path.open("a", encoding="utf-8") as file:
            file.write("\n" * self._cut_short() + _line(urn, identity))
            self._lines += 1
            if durable:
                file.flush()
                os.fsync(file.fileno())

    def _cut_short(self) -> bool:
        """Whether the last line has no end, so that the next must not be glued to it."""
        try:
            with self._path.open("rb") as file:
                file.seek(-1, os.SEEK_END)
                return file.read(1) != b"\n"
        except OSError:
            return False

    def _rewrite(self) -> None:
        fresh = self._path.with_suffix(".new")
        with fresh.open("w", encoding="utf-8") as file:
            file.writelines(_line(urn, identity) for urn, identity in self._entries.items())
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self._path)
        self._lines = len(self._entries)


def _line(urn: str, identity: str | None) -> str:
    return json.dumps({"urn": urn, "id": identity}) + "\n"
