"""A process of its own that erases alice and kills itself at a moment: `... ENDPOINT FOLDER MOMENT`.

Nothing of the erasure is replaced but what stands for the transfer service. The moments are in the order in which it
comes to them, so that a chain of processes, each killed at the next one, goes through all of them.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from google.api_core.client_options import ClientOptions
from google.auth.credentials import AnonymousCredentials
from google.cloud import bigquery

from catalog import load_cached
from operations.erasing.subject import ErasureSubject
from operations.erasing.subject_tables import SubjectTable
from operations.erasing.tombstones import Tombstones
from tests.sql.emulator import PROJECT, ROOT
from tests.sql.erasures import Schedules, Shelf, erasing

TABLES = ("audit_log", "creator_reports", "health_checks")
# A function, and whether it dies before or after it.
MOMENTS: dict[str, tuple[Any, str, bool]] = {
    "the intent is written": (Tombstones, "begin", False),
    "one table is done": (SubjectTable, "erase", False),
    "it is written and schedules stand still": (Schedules, "start", True),
}


def main(endpoint: str, folder: str, moment: str) -> None:
    owner, name, before = MOMENTS[moment]
    setattr(owner, name, _dying(getattr(owner, name), before=before))
    options = ClientOptions(api_endpoint=endpoint)
    client = bigquery.Client(project=PROJECT, credentials=AnonymousCredentials(), client_options=options)
    root = Path(folder)
    made = erasing(client, load_cached(ROOT), root, Shelf(), Schedules(root / "schedules.json"), set(TABLES))
    made.run(ErasureSubject.of("alice", ""), yes=True)


def _dying(function: Callable[..., Any], *, before: bool) -> Callable[..., Any]:
    def dies(*given: Any) -> None:
        if not before:
            function(*given)
        os.kill(os.getpid(), signal.SIGKILL)

    return dies


if __name__ == "__main__":
    main(*sys.argv[1:])
