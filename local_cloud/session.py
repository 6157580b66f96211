"""Which local cloud this command works on, and how to speak to the person who typed it."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from local_cloud import environment
from local_cloud.supervisor.cloud import LocalCloud
from local_cloud.supervisor.state import CloudState

STATE_VARIABLE = "EROS_LOCAL_STATE"


def state_folder() -> Path:
    """Where the local cloud keeps everything: $EROS_LOCAL_STATE, or `.local` in the project."""
    return Path(os.environ.get(STATE_VARIABLE) or Path(__file__).resolve().parents[1] / ".local")


def say(text: str) -> None:
    """Progress for people: standard error, so that output can be piped or evaluated."""
    print(text, file=sys.stderr, flush=True)


def cloud() -> LocalCloud:
    """The local cloud that the commands work on."""
    return LocalCloud(state_folder(), say=say)


def variables(running: CloudState, *, plugin: bool = False) -> dict[str, str]:
    """The environment that leads to a running local cloud."""
    ports = {name: record.port for name, record in running.processes.items()}
    return environment.variables(ports, state_folder(), plugin=plugin)
