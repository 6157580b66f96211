"""What all services share: the one project, the store, the clock and where the emulators behind are."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from gcp_local import environment
from gcp_local.services.errors import ApiError
from gcp_local.services.store import Store

# The local cloud asks nobody to log in: every call comes from this owner of the project.
CALLER = "developer@example.com"


def system_clock() -> datetime:
    """Now, in UTC."""
    return datetime.now(UTC)


class MovableClock:
    """The system's clock, ahead by as much as somebody moved it; it stays ahead after a restart."""

    COLLECTION, KEY = "local.clock", "ahead"

    def __init__(self, store: Store) -> None:
        self._store = store
        kept = store.get(self.COLLECTION, self.KEY) or {"seconds": 0.0}
        self._ahead = timedelta(seconds=kept["seconds"])

    def __call__(self) -> datetime:
        """Now, in UTC."""
        return system_clock() + self._ahead

    def move_to(self, instant: datetime) -> None:
        """Be this late from now on."""
        self._ahead = instant - system_clock()
        self._store.put(self.COLLECTION, self.KEY, {"seconds": self._ahead.total_seconds()})


@dataclass(frozen=True)
class Cloud:
    """One project on one machine. URLs have no slash at the end; `work` is set when a run waits to be started."""

    store: Store
    bigquery_url: str
    storage_url: str
    project: str = field(default_factory=environment.project)
    number: str = environment.PROJECT_NUMBER
    clock: Callable[[], datetime] = system_clock
    work: threading.Event = field(default_factory=threading.Event)

    def now(self) -> datetime:
        """The current instant, aware."""
        return self.clock()

    def require_project(self, given: str) -> None:
        """Raise 403, as Google does for a project one cannot see, unless `given` is this project's id or number."""
        if given not in (self.project, self.number):
            raise ApiError(
                403,
                f"Permission denied on resource project {given}.",
                details=[
                    {
                        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
                        "reason": "CONSUMER_INVALID",
                        "domain": "googleapis.com",
                        "metadata": {"consumer": f"projects/{given}"},
                    }
                ],
            )
