"""The lock that keeps two updates of one stack apart, in the form that the CLI's file backend uses.

Among themselves embedded engines also hold the folder while they look, so that one of two that start in the same
moment wins. A lock whose process is gone from this machine is broken: nobody else will ever remove it.
"""

from __future__ import annotations

import contextlib
import fcntl
import getpass
import json
import os
import socket
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from embedded_engine import blobs, state
from embedded_engine.errors import EngineError

# A process that started this much after the lock was written has only inherited the holder's process id.
_CLOCK_SLACK = timedelta(seconds=2)


@dataclass(frozen=True)
class Holder:
    """Who holds a lock."""

    pid: int
    username: str
    hostname: str
    timestamp: str

    @classmethod
    def read(cls, path: Path) -> Holder | None:
        """Reads a lock file: None if it is gone, an unknown holder elsewhere if it cannot be understood."""
        try:
            content = json.loads(path.read_bytes())
            return cls(int(content["pid"]), *(str(content[key]) for key in ("username", "hostname", "timestamp")))
        except FileNotFoundError:
            return None
        except (OSError, ValueError, LookupError, TypeError, RecursionError):
            return cls(0, "unknown", "unknown", "an unknown time")

    def is_gone(self) -> bool:
        """Whether the holder ran on this machine and no longer does; a zombie, which nobody reaps, is as dead."""
        if self.hostname != socket.gethostname() or self.pid <= 0:
            return False
        try:
            os.kill(self.pid, 0)
        except (ProcessLookupError, OverflowError):
            return True
        except PermissionError:
            pass
        if (stat := _stat_of(self.pid))[:1] in (["Z"], ["X"]):
            return True
        started, locked = _start_of(stat), _parse(self.timestamp)
        return started is not None and locked is not None and started > locked + _CLOCK_SLACK

    def __str__(self) -> str:
        return f"{self.username}@{self.hostname} (pid {self.pid}) at {self.timestamp}"


@contextlib.contextmanager
def held(folder: Path, tell: Callable[[str], None]) -> Iterator[None]:
    """Holds the lock of a stack; `tell` hears of broken locks. Fails if somebody else holds it."""
    path = folder / f"{uuid.uuid4()}.json"
    blobs.make_folder(folder)
    with _folder_held(folder):
        _check(folder, path, tell)
        mine = Holder(os.getpid(), getpass.getuser(), socket.gethostname(), state.now())
        blobs.write(path, blobs.compact_json(mine.__dict__).encode())
    try:
        _check(folder, path, tell)  # a CLI does not hold the folder: look again, as it does
        yield
    finally:
        blobs.remove(path)


def break_all(folder: Path) -> int:
    """Removes every lock of a stack, whoever holds it; returns how many there were."""
    found = list(folder.glob("*.json"))
    for path in found:
        blobs.remove(path)
    return len(found)


def _check(folder: Path, mine: Path, tell: Callable[[str], None]) -> None:
    holders = []
    for path in sorted(folder.glob("*.json")):
        if path == mine:
            continue
        holder = Holder.read(path)
        if holder is None:
            continue
        if holder.is_gone():
            blobs.remove(path)
            tell(f"broke the lock of {holder}: that process no longer runs")
        else:
            holders.append(f"\n  {path}: created by {holder}")
    if holders:
        raise EngineError(
            f"the stack is currently locked by {len(holders)} lock(s). Either wait for the other process(es) to end "
            f"or delete the lock file with `cancel`.{''.join(holders)}"
        )


@contextlib.contextmanager
def _folder_held(folder: Path) -> Iterator[None]:
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _stat_of(pid: int) -> list[str]:
    """What the system (Linux) tells of a process, from its state on; empty where it tells nothing."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except OSError:
        return []


def _start_of(stat: list[str]) -> datetime | None:
    """When a process started, where the system tells."""
    try:
        ticks = int(stat[19])
        boot = next(
            int(line.split()[1])
            for line in Path("/proc/stat").read_text(encoding="utf-8").splitlines()
            if line.startswith("btime ")
        )
    except (OSError, ValueError, IndexError, StopIteration):
        return None
    return datetime.fromtimestamp(boot + ticks / os.sysconf("SC_CLK_TCK"), UTC)


def _parse(timestamp: str) -> datetime | None:
    try:
        parsed = datetime.fromisoformat(timestamp)
    except ValueError:
        return None
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)
