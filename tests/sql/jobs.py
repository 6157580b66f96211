"""The project's job history as tests want it: rows in place of INFORMATION_SCHEMA.JOBS."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from tests.sql.analyses import literal
from tests.sql.emulator import PROJECT
from tests.sql.messages import Row
from tests.sql.warehouse import DATASET, Warehouse

VIEW = "project_jobs"
OURS = f"{PROJECT}.{DATASET}"
TYPES = {
    "creation_time": "TIMESTAMP",
    "start_time": "TIMESTAMP",
    "end_time": "TIMESTAMP",
    "job_id": "STRING",
    "parent_job_id": "STRING",
    "user_email": "STRING",
    "job_type": "STRING",
    "statement_type": "STRING",
    "state": "STRING",
    "total_bytes_processed": "INT64",
    "total_bytes_billed": "INT64",
    "total_slot_ms": "INT64",
    "error_reason": "STRING",
    "error_message": "STRING",
    "datasets_read": "ARRAY<STRING>",
    "dataset_written": "STRING",
}
_numbers = itertools.count(1)


def job(at: datetime, seconds: float | None = 2.0, **values: Any) -> Row:
    """A SELECT on our dataset that took `seconds` from a second after `at`; None: it still runs."""
    row: Row = {
        "creation_time": at,
        "start_time": at + timedelta(seconds=1),
        "end_time": None if seconds is None else at + timedelta(seconds=1 + seconds),
        "job_id": f"job_{next(_numbers)}",
        "parent_job_id": None,
        "user_email": "run@example.com",
        "job_type": "QUERY",
        "statement_type": "SELECT",
        "state": "RUNNING" if seconds is None else "DONE",
        "total_bytes_processed": None if seconds is None else 0,
        "total_bytes_billed": None if seconds is None else 0,
        "total_slot_ms": 0,
        "error_reason": None,
        "error_message": None,
        "datasets_read": [OURS],
        "dataset_written": None,
    }
    return row | values


@contextlib.contextmanager
def history(warehouse: Warehouse, rows: Sequence[Row]) -> Iterator[None]:
    """As if the project had run these jobs and no others."""
    view = warehouse.catalog.views[VIEW].query
    warehouse.deploy(VIEW)
    columns = ", ".join(f"{name} {kind}" for name, kind in TYPES.items())
    listed = ", ".join(f"({', '.join(_value(row[name]) for name in TYPES)})" for row in rows)
    named = ", ".join(f"job.{name} AS {name}" for name in TYPES)
    replaced = f"SELECT {named} FROM UNNEST(ARRAY<STRUCT<{columns}>>[{listed}]) AS job"
    warehouse.rows(f"CREATE OR REPLACE VIEW `{DATASET}.{VIEW}` AS {replaced}")
    try:
        yield
    finally:
        warehouse.rows(f"CREATE OR REPLACE VIEW `{DATASET}.{VIEW}` AS {view(warehouse.place)}")


def _value(value: Any) -> str:
    return f"[{', '.join(map(literal, value))}]" if isinstance(value, list) else literal(value)
