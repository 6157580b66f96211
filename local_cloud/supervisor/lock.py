"""One command at a time changes a state folder."""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from local_cloud.supervisor.errors import LocalCloudError

FILE = "cloud.lock"
POLL_SECONDS = 0.1


@contextlib.contextmanager
def exclusive(folder: Path, say: Callable[[str], None], patience: float) -> Iterator[None]:
    """Hold the lock of `folder`; waits up to `patience` seconds for another command and says so.

    The kernel frees it when the holder dies. Raises LocalCloudError when patience runs out.
    """
    folder.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(folder / FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        _acquire(descriptor, say, patience)
        os.truncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode(), 0)
        yield
    finally:
        os.close(descriptor)


def _acquire(descriptor: int, say: Callable[[str], None], patience: float) -> None:
    deadline, told = time.monotonic() + patience, False
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            who = os.pread(descriptor, 20, 0).decode() or "unknown"
            if time.monotonic() > deadline:
                raise LocalCloudError(
                    f"another command (pid {who}) has been changing the local cloud for {patience:.0f} s",
                    fix="wait for it, or stop it",
                ) from None
            if not told:
                say(f"another command (pid {who}) is changing the local cloud; waiting for it")
                told = True
            time.sleep(POLL_SECONDS)
        else:
            return
