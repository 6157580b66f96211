"""What each command did, as lines of JSON in files: for people (`eros logs`), for shippers, and for whoever audits.

One file a day and kind (`application`, `audit`) below EROS_LOG_DIR, else `.local/logs`, one line an event, appended in
one write so that several commands at once never mix. Times are UTC in milliseconds. Values of options never go into a
file: what is passed to an engine may hold a secret. A folder that cannot be written never stops a command.
"""

from __future__ import annotations

import getpass
import gzip
import json
import logging
import os
import re
import shutil
import socket
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

FOLDER, LEVEL = "EROS_LOG_DIR", "LOG_LEVEL"
LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
APPLICATION, AUDIT = "application", "audit"


@dataclass(frozen=True, slots=True)
class Retention:
    """Age in days at which a file is compressed, and at which it goes."""

    compressed: int
    deleted: int


RETENTION = {APPLICATION: Retention(30, 60), AUDIT: Retention(90, 180)}
FILE = re.compile(r"(\d{4}-\d\d-\d\d)\.jsonl(\.gz)?")


class Log:
    """The log files of one machine."""

    def __init__(self, folder: Path, least: str = "INFO") -> None:
        self.folder = folder
        self._least = least if least in LEVELS else "INFO"

    @classmethod
    def of(cls, environment: Mapping[str, str], root: Path) -> Log:
        """Where the environment says, else below `root`."""
        stated = environment.get(FOLDER)
        folder = Path(stated).expanduser() if stated else root / ".local" / "logs"
        return cls(folder, environment.get(LEVEL, "INFO").upper())

    def write(self, level: str, component: str, message: str, **pairs: Any) -> None:
        """One event, unless LOG_LEVEL leaves it out."""
        if LEVELS.index(level) >= LEVELS.index(self._least):
            self._append(APPLICATION, {"level": level, "message": message, "component": component, **pairs})

    def audit(self, event: str, description: str, **pairs: Any) -> None:
        """One change that somebody made, whatever LOG_LEVEL says."""
        self._append(AUDIT, {"event_type": event, "user": _user(), "description": description, **pairs})

    def events(self, kind: str, since: datetime) -> Iterator[dict[str, Any]]:
        """Events from `since` on, oldest first; a line that a crash cut off is left out."""
        for path in sorted((self.folder / kind).glob("*.jsonl*")):
            match = FILE.fullmatch(path.name)
            if match and date.fromisoformat(match[1]) >= since.astimezone(UTC).date():
                yield from (event for event in _read(path) if datetime.fromisoformat(event["timestamp"]) >= since)

    def tidy(self, today: date) -> None:
        """Compresses and deletes files by their age."""
        for kind, retention in RETENTION.items():
            for path in (self.folder / kind).glob("*.jsonl*"):
                match = FILE.fullmatch(path.name)
                age = today - date.fromisoformat(match[1]) if match else timedelta()
                if age.days >= retention.deleted:
                    path.unlink(missing_ok=True)
                elif age.days >= retention.compressed and path.suffix != ".gz":
                    _compress(path)

    def _append(self, kind: str, event: Mapping[str, Any]) -> None:
        now = datetime.now(UTC)
        head = {
            "timestamp": now.isoformat(timespec="milliseconds"),
            "hostname": socket.gethostname(),
            "pid": os.getpid(),
        }
        line = json.dumps({**head, **event}, default=str) + "\n"
        try:
            (self.folder / kind).mkdir(parents=True, exist_ok=True)
            path = self.folder / kind / f"{now:%Y-%m-%d}.jsonl"
            descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o640)
            try:
                os.write(descriptor, line.encode())
            finally:
                os.close(descriptor)
        except OSError as error:
            logging.getLogger(__name__).debug("log not written: %s", error)


def _read(path: Path) -> Iterator[dict[str, Any]]:
    content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    for line in content.decode(errors="replace").splitlines():
        try:
            event = json.loads(line)
        except ValueError:
            continue
        if isinstance(event, dict) and "timestamp" in event:
            yield event


def _compress(path: Path) -> None:
    """Whole or not at all: the compressed file takes its name when it is complete."""
    partial = path.with_name(f".{path.name}.gz.{os.getpid()}")
    with path.open("rb") as source, gzip.open(partial, "wb") as target:
        shutil.copyfileobj(source, target)
    partial.replace(path.with_name(f"{path.name}.gz"))
    path.unlink(missing_ok=True)


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())
