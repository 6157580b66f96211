"""Schedules stand still while something is erased, and run again whatever happens: also those of an erasure that died.

Which ones an erasure stopped is known by the reason of their pause, which names nobody.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

from operations.erasing.hindrances import OpenPauses

REASON = "erasure of personal data"


class StandingStill(Protocol):
    """`operations.restore.standstill.Standstill`."""

    def running(self) -> list[str]: ...

    def stop(self, names: list[str], reason: str) -> None: ...

    def start(self, names: list[str]) -> list[str]: ...


@dataclass(frozen=True, slots=True)
class Still:
    """The schedules of one stack."""

    standing: StandingStill
    pauses: OpenPauses

    def left(self) -> list[str]:
        """What an erasure that died has left paused. Errors: CloudError."""
        return [pause.schedule for pause in self.pauses.open() if pause.reason == REASON]

    def release(self) -> list[str]:
        """Starts what one that died has left. Errors: CloudError."""
        return self.standing.start(left) if (left := self.left()) else []

    @contextmanager
    def while_erasing(self) -> Iterator[None]:
        """What runs by itself does not, for the time of the block. Errors: CloudError."""
        names = sorted({*self.standing.running(), *self.left()})
        try:
            self.standing.stop(names, REASON)
            yield
        finally:
            self.standing.start(names)
