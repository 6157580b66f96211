"""The schedules stand still while rows are exchanged, and run again whatever happens.

Which ones a restore stops is in its journal before the first one stops, because the table in which pauses are written
down may be the one that is restored. What stood still before stays so.
"""

from __future__ import annotations

import time
from collections.abc import Collection
from datetime import UTC, datetime, timedelta

from operations import google_api
from operations.errors import CloudError
from operations.maintenance import Maintenance
from operations.scheduled_runs import ScheduledQueries
from outputs import StackOutputs
from settings.endpoints import TRANSFER

PLANNED = timedelta(hours=2)
POLL_SECONDS = 0.5
WAIT_SECONDS = 900.0
ENDED = ("SUCCEEDED", "FAILED", "CANCELLED")


class Standstill:
    """The schedules of one deployed stack."""

    def __init__(self, maintenance: Maintenance, queries: ScheduledQueries, outputs: StackOutputs) -> None:
        self._maintenance, self._queries, self._outputs = maintenance, queries, outputs

    def running(self) -> list[str]:
        """The schedules that are enabled. Errors: CloudError."""
        return [query.name for query in self._queries.list() if not query.disabled]

    def stop(self, names: Collection[str], reason: str) -> None:
        """Stops these schedules and waits for runs on their way. Errors: CloudError when one does not end."""
        if not names:
            return
        self._maintenance.pause(names, datetime.now(UTC) + PLANNED, reason)
        deadline = time.monotonic() + WAIT_SECONDS
        while at_work := [query.name for query in self._queries.list() if query.last and query.last.state not in ENDED]:
            if time.monotonic() > deadline:
                raise CloudError(f"{at_work[0]} is still running", fix="wait for its end, then run the command again")
            time.sleep(POLL_SECONDS)

    def start(self, names: Collection[str]) -> list[str]:
        """Starts these schedules again, also where the record of their pause has gone. Errors: CloudError."""
        recorded = set(names) & set(self._maintenance.open_names())
        if recorded:
            self._maintenance.resume(recorded)
        for name in sorted(set(names) - recorded):
            if config := self._outputs.schedules.get(name):
                google_api.patch(TRANSFER, config, {"disabled": False})
        return sorted(names)
