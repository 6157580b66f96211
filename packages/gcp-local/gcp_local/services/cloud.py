"""What all services share: the one project, the store, the clock and where the emulators behind are."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from gcp_local import environment
from gcp_local.services.errors import ApiError
from gcp_local.services.store import Store

# The local cloud asks nobody to log in: every call comes from this owner of the project.
CALLER = "developer@example.com"


def system_clock() -> datetime:
    """Now, in UTC."""
    return datetime.now(UTC)


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
