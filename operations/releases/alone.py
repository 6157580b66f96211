"""One deployment or rollback of a stack at a time on one machine; between machines the engine's own lock decides."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from operations.errors import StackBusy
from operations.project import OF_THIS_MACHINE

BUSY = 3
"""Exit code of a deployment or rollback that another one keeps out."""


@contextmanager
def alone(root: Path, stack: str) -> Iterator[None]:
    """Keeps others out while the body runs; the system lets go when the process is gone. Errors: StackBusy."""
    folder = root / OF_THIS_MACHINE
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"release-{stack}.lock").open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StackBusy(
                f"another deployment or rollback of stack {stack} is under way in this folder",
                BUSY,
                fix="wait for its end; eros logs says who began it",
            ) from None
        yield
