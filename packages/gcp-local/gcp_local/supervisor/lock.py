"""One command at a time changes a state folder, or loads data into it."""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from gcp_local import environment
from gcp_local.supervisor.errors import LocalCloudError

FILE = "cloud.lock"
POLL_SECONDS = 0.1


@contextlib.contextmanager
def exclusive(
    folder: Path,
    say: Callable[[str], None],
    patience: float,
    *,
    file: str = FILE,
    doing: str = "changing the local cloud",
) -> Iterator[None]:
    """Hold the lock of `folder`; waits up to `patience` seconds for another command and says so.

    The kernel frees it when the holder dies. Raises LocalCloudError when patience runs out, and for a folder that
    cannot be one.
    """
    descriptor = _open(folder, file)
    try:
        _acquire(descriptor, say, patience, doing)
        os.truncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode(), 0)
        yield
    finally:
        os.close(descriptor)


def _open(folder: Path, file: str) -> int:
    try:
        # State, logs and data of the stacks are their owner's alone.
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        folder.chmod(0o700)
        return os.open(folder / file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise LocalCloudError(
            f"{folder} cannot hold the state of a local cloud: {error.strerror}",
            fix=f"make it a folder of yours, or name another one with {environment.state_variable()}",
        ) from None


def _acquire(descriptor: int, say: Callable[[str], None], patience: float, doing: str) -> None:
    deadline, told = time.monotonic() + patience, False
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            who = os.pread(descriptor, 20, 0).decode() or "unknown"
            if time.monotonic() > deadline:
                raise LocalCloudError(
                    f"another command (pid {who}) is {doing}" + (f", for {patience:.0f} s now" if patience else ""),
                    fix="wait for it, or stop it",
                ) from None
            if not told:
                say(f"another command (pid {who}) is {doing}; waiting for it")
                told = True
            time.sleep(POLL_SECONDS)
        else:
            return
