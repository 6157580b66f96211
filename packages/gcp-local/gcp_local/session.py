"""Which local cloud this command works on, and how to speak to the person who typed it."""

from __future__ import annotations

import sys
from typing import Any

from gcp_local import drills, environment
from gcp_local.supervisor.cloud import LocalCloud
from gcp_local.supervisor.state import CloudState


def say(text: str) -> None:
    """Progress for people: standard error, so that output can be piped or evaluated."""
    print(text, file=sys.stderr, flush=True)


def cloud() -> LocalCloud:
    """The local cloud that the commands work on."""
    return LocalCloud(environment.state_folder(), say=say)


def variables(running: CloudState, *, plugin: bool = False) -> dict[str, str]:
    """The environment that leads to a running local cloud."""
    ports = {name: record.port for name, record in running.processes.items()}
    return environment.variables(ports, environment.state_folder(), plugin=plugin)


def start() -> dict[str, str]:
    """Starts what is missing of the cloud; the environment that leads to it. Errors: LocalCloudError."""
    return variables(cloud().up())


def lead() -> dict[str, str]:
    """The environment that leads to the running cloud. Errors: NotRunning."""
    return variables(cloud().running())


def outbox() -> list[dict[str, Any]]:
    """Every notification that the running cloud keeps, the oldest first. Errors: NotRunning, LocalCloudError."""
    return drills.Drill(cloud().running()).outbox()
