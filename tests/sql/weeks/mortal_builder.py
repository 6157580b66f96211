"""A process of its own that builds alice's week, to be killed: it says when a given change is under way, and waits.

Run as `python -m tests.sql.weeks.mortal_builder ENDPOINT NUMBER FILE`; FILE holds what the selection gives.
"""

from __future__ import annotations

import pickle
import sys
import time
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from google.api_core.client_options import ClientOptions
from google.auth.credentials import AnonymousCredentials
from google.cloud import bigquery

from operations.weeks.selecting import Selection, Wish
from operations.weeks.week_building import Builder, Terms
from operations.weeks.week_statements import Statements
from scheduling import profiles
from tests.sql.captions import NOW
from tests.sql.emulator import PROJECT, ROOT
from tests.sql.warehouse import PLACE

CHANGES = ("INSERT", "UPDATE", "MERGE", "CALL")


def main(endpoint: str, number: int, selected: Any, monday: Any) -> None:
    query, left = bigquery.Client.query, [number]

    def announced(client: bigquery.Client, sql: str, *arguments: Any, **named: Any) -> Any:
        """The change is made, and the builder does not know of it."""
        job = query(client, sql, *arguments, **named)
        if sql.lstrip().startswith(CHANGES):
            left[0] -= 1
            if left[0] < 0:
                while not job.done(timeout=30):
                    time.sleep(0.05)
                print(sql.split()[0], flush=True)
                time.sleep(60)
        return job

    def remembered(selection: Selection, wishes: Sequence[Wish], now: datetime) -> Any:
        return selected

    setattr(bigquery.Client, "query", announced)  # noqa: B010 - mypy forbids it as an assignment
    setattr(Selection, "select", remembered)  # noqa: B010
    options = ClientOptions(api_endpoint=endpoint)
    client = bigquery.Client(project=PROJECT, credentials=AnonymousCredentials(), client_options=options)
    Builder(Statements(client, PLACE), profiles.load(ROOT), lambda: NOW).build("alice", Terms(monday))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), *pickle.loads(Path(sys.argv[3]).read_bytes()))
