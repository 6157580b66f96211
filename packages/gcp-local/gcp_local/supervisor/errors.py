"""What can go wrong with the local cloud, as the user sees it."""

from __future__ import annotations

from gcp_local import environment
from plain_command.errors import UserError


class LocalCloudError(UserError):
    """The local cloud cannot do what was asked."""


class NotRunning(LocalCloudError):
    """A command needs the local cloud and it is not up."""

    def __init__(self, reason: str = "the local cloud is not running") -> None:
        super().__init__(reason, fix=f"{environment.command()} up")
