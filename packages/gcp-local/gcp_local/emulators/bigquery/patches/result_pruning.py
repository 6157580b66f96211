"""Result tables of old jobs are kept for ever.

Fault: each query job leaves a table in `emulator._results`; nothing removes it, and the latency of every
request grows with their number.
Why it matters: an hour of tests or a week of `make up` becomes several times slower.
Drop it when upstream expires anonymous results (BigQuery does after 24 hours).
"""

from __future__ import annotations

import collections
import threading
from typing import Any

from local_bigquery.engine import database
from local_bigquery.jobs import runner

KEEP = 200
SLACK = 50


class Results:
    """The newest finished jobs, in order; tells which results to drop. Safe to use from several threads."""

    def __init__(self, keep: int, slack: int) -> None:
        self.keep, self.slack = keep, slack
        self._done: collections.deque[str] = collections.deque()
        self._lock = threading.Lock()

    def finished(self, table: str) -> list[str]:
        """Note a finished job's result table; returns the tables that are now too old, oldest first."""
        with self._lock:
            self._done.append(table)
            if len(self._done) <= self.keep + self.slack:
                return []
            return [self._done.popleft() for _ in range(len(self._done) - self.keep)]


def apply() -> None:
    """Drop all but the newest results of this run."""
    execute = runner._execute
    results = Results(KEEP, SLACK)

    def execute_and_prune(job: Any, *args: Any, **kwargs: Any) -> None:
        try:
            execute(job, *args, **kwargs)
        finally:
            reference = job.jobReference
            for table in results.finished(f"{reference.projectId}:{reference.jobId}"):
                database.execute(f"DROP TABLE IF EXISTS emulator._results.{database.quote(table)}")

    runner._execute = execute_and_prune
