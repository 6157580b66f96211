"""What was created, or was about to be, and may not have been recorded: urn to id, on disk before it happens.

An engine that dies between the answer and its next save asks for the same create again; the object is there. The
journal then says that this very urn made it, and it is returned instead of a conflict. Any later request for the
resource shows that an engine recorded it, and the entry goes. An entry that is only intended, because the cloud or
this process died before there was an answer, says that the object may be this urn's: whoever asks has to look.
"""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path
from typing import Final, NamedTuple

COMPACT_AFTER: Final = 500


class Entry(NamedTuple):
    """An object that was made, or was about to be."""

    identity: str
    intended: bool


class Journal:
    """Append-only lines `{"urn": ..., "id": ...}`; `"id": null` takes an entry out, `"intended": true` marks one.

    Safe for many threads.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / "provider" / "journal.jsonl"
        self._lock = threading.Lock()
        self._entries: dict[str, Entry] = {}
        self._lines = 0
        self._read()

    def made(self, urn: str) -> str | None:
        """Id of the object that this urn made and that nothing recorded since."""
        return self._id(urn, intended=False)

    def intended(self, urn: str) -> str | None:
        """Id of the object that this urn was about to make when the last heard of it."""
        return self._id(urn, intended=True)

    def _id(self, urn: str, *, intended: bool) -> str | None:
        with self._lock:
            entry = self._entries.get(urn)
            return entry.identity if entry and entry.intended is intended else None

    def record(self, urn: str, identity: str, *, intended: bool = False) -> None:
        """Keep the entry; it is on disk when this returns."""
        with self._lock:
            self._entries[urn] = Entry(identity, intended)
            self._append(urn, self._entries[urn], durable=True)

    def forget(self, urn: str, identity: str | None = None) -> None:
        """Drop the entry, if it is for this id (or whatever it is for)."""
        with self._lock:
            known = self._entries.get(urn)
            if known is None or (identity is not None and known.identity != identity):
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
                self._entries[entry["urn"]] = Entry(entry["id"], entry.get("intended", False))

    def _append(self, urn: str, entry: Entry | None, *, durable: bool) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        if self._lines >= COMPACT_AFTER and self._lines > 2 * len(self._entries):
            self._rewrite()
            return
        with self._path.open("a", encoding="utf-8") as file:
            file.write("\n" * self._cut_short() + _line(urn, entry))
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
            file.writelines(_line(urn, entry) for urn, entry in self._entries.items())
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self._path)
        self._lines = len(self._entries)


def _line(urn: str, entry: Entry | None) -> str:
    mark = {"intended": True} if entry and entry.intended else {}
    return json.dumps({"urn": urn, "id": entry and entry.identity, **mark}) + "\n"
