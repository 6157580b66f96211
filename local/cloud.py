"""The local cloud as this product uses it: what it is called, and how to reach the package that provides it.

The package is found through its entry points (group `local_clouds`), so that `eros` works without it: whoever deploys
to Google Cloud does not install it.
"""

from __future__ import annotations

import fcntl
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

from settings.errors import ErosError

PROJECT = "eros-local"
DATASET = "eros_scheduling_brain"
ROOT = Path(__file__).resolve().parents[1]
NAMES = {
    "GCP_LOCAL_PROJECT": PROJECT,
    "GCP_LOCAL_PASSPHRASE": "eros-local",  # published on purpose: it protects test values only
    "GCP_LOCAL_COMMAND": "eros local",
    "GCP_LOCAL_STATE_VARIABLE": "EROS_LOCAL_STATE",
    "GCP_LOCAL_STATE": str(ROOT / ".local"),
}
STATED = {"EROS_LOCAL_STATE": "GCP_LOCAL_STATE", "EROS_LOCAL_PORT_BASE": "GCP_LOCAL_PORT_BASE"}
"""What a user may state, and what the package calls it."""


class LocalCloudMissing(ErosError):
    """A command needs the local cloud, and its package is not installed."""

    def __init__(self) -> None:
        super().__init__("the packages of the local cloud are not installed", fix="make up")


def name_it() -> None:
    """Tells the package, and every process that it starts, what things are called here."""
    stated = {theirs: os.environ[ours] for ours, theirs in STATED.items() if os.environ.get(ours)}
    os.environ.update(NAMES | stated)


def state_folder() -> Path:
    """Where the local cloud keeps its data and logs."""
    name_it()
    return Path(os.environ["GCP_LOCAL_STATE"])


def provided(name: str) -> Any:
    """What the installed package offers under this name. Errors: LocalCloudMissing."""
    name_it()
    for point in entry_points(group="local_clouds", name=name):
        return point.load()
    raise LocalCloudMissing


def outbox() -> list[dict[str, Any]]:
    """The notifications of the running cloud, the oldest first: what the board shows. Errors: UserError."""
    found: list[dict[str, Any]] = provided("outbox")()
    return found


def say(text: str) -> None:
    """Progress for people: standard error, so that output can be piped or evaluated."""
    print(text, file=sys.stderr, flush=True)


@contextmanager
def only_one_loads() -> Iterator[None]:
    """Held while data is loaded; freed when the holder dies. Errors: ErosError while another command loads."""
    with (state_folder() / "load.lock").open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            holder = file.read() or "unknown"
            raise ErosError(f"another command (pid {holder}) is loading data", fix="wait for its end") from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield
