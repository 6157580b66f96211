"""One deployment or rollback of a stack at a time on one machine; between machines the engine's own lock decides."""

from __future__ import annotations

import fcntl
import getpass
import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from operations.errors import StackBusy
from operations.project import OF_THIS_MACHINE

BUSY = 3
"""Exit code of a deployment or rollback that another one keeps out."""


@contextmanager
def alone(root: Path, stack: str, what: str) -> Iterator[None]:
    """Keeps others out while the body runs, which is `what`; the system lets go when the process is gone.

    Errors: StackBusy that says who is at work since when.
    """
    folder = root / OF_THIS_MACHINE
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"release-{stack}.lock"
    with path.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise _busy(path, stack) from None
        by = f"{getpass.getuser()}@{socket.gethostname()}"
        holder = {"what": what, "by": by, "pid": os.getpid(), "since": datetime.now(UTC).isoformat(timespec="seconds")}
        file.truncate(0)
        file.write(json.dumps(holder))
        file.flush()
        yield


def _busy(path: Path, stack: str) -> StackBusy:
    try:
        holder = json.loads(path.read_text(encoding="utf-8"))
        who = f"{holder['what']} by {holder['by']} (process {holder['pid']}) since {holder['since']}"
        fix = f"wait for its end; kill {holder['pid']} ends it, and the same command goes on where it was"
    except (OSError, ValueError, KeyError, TypeError):  # it has the lock and has not said so yet
        who, fix = "another deployment or rollback", "wait for its end; eros logs says who began it"
    return StackBusy(f"stack {stack}: {who} is under way in this folder", BUSY, fix=fix)
