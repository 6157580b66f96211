"""What can go wrong with the local cloud, as the user sees it."""

from __future__ import annotations

from settings.errors import ErosError


class LocalCloudError(ErosError):
    """The local cloud cannot do what was asked."""


class NotRunning(LocalCloudError):
    """A command needs the local cloud and it is not up."""

    def __init__(self, reason: str = "the local cloud is not running") -> None:
        super().__init__(reason, fix="eros local up")
