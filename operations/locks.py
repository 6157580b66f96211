"""Locking captions for a schedule: one call, all captions or none.

The rules are SQL (lock_caption_assignments_at, caption_lock_conflicts_at). This module owns what a caller has to do
around them: aborted transactions are tried again, and every refusal becomes one typed error. Before each try and
after the last the holder is looked up outside the transaction, so that losers of a race leave the mutex alone.
"""

from __future__ import annotations

import random
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from google.api_core.exceptions import GoogleAPICallError
from google.cloud import bigquery

from operations.errors import CloudError, LockBusy, LockConflict, LockInvalid

TRIES = 8
CALL_SECONDS = 60.0
FIRST_PAUSE_SECONDS = 0.1
LONGEST_PAUSE_SECONDS = 5.0

DATASET_NAME = re.compile(r"(?:[A-Za-z0-9:.-]+\.)?[A-Za-z0-9_]+")
# The emulator's two texts and BigQuery's: a transaction that lost against another one. All end without a trace.
ABORTED = re.compile(
    r"cannot rollback - no transaction is active|Failed to commit|(?:aborted|cancell?ed) due to concurrent",
    re.IGNORECASE,
)
CONFLICT = re.compile(
    r"EROS_LOCK_CONFLICT\|caption_id=(-?\d+)\|holder_page=([^|]*)\|holder_schedule=([^|]*)\|send_date=(\d{4}-\d\d-\d\d)"
)
INVALID = re.compile(r"EROS_INVALID\|(.*?)(?= at \[|; reason:|\n|$)")

CALL = "CALL `{dataset}.lock_caption_assignments_at`(@schedule_id, @page, @assignments, {now})"
FIRST_CONFLICT = (
    "SELECT c.message FROM `{dataset}.caption_lock_conflicts_at`(@schedule_id, @page, @assignments, {now}) AS c"
    " ORDER BY c.caption_id, c.send_date, c.holder_page, c.message LIMIT 1"
)


@dataclass(frozen=True, slots=True)
class Assignment:
    """A caption to be sent on a Los Angeles day at a Los Angeles hour (0 to 23)."""

    caption_id: int
    send_date: date
    send_hour: int


def lock_captions(
    client: bigquery.Client,
    dataset: str,
    schedule_id: str,
    page: str,
    assignments: Sequence[Assignment],
    *,
    now: datetime | None = None,
) -> None:
    """Lock the captions for a page's schedule. Locking again what the schedule holds already changes nothing.

    `dataset` is "dataset" or "project.dataset"; `now` is the instant of the request, None for the database's clock.
    Errors: LockConflict with the holder, LockInvalid, LockBusy after eight aborted tries, CloudError.
    """
    request = _Request(client, dataset, schedule_id, page, assignments, now)
    for attempt in range(TRIES):
        request.check()
        if request.lock():
            return
        time.sleep(min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2**attempt) * random.uniform(0.5, 1.5))
    request.check()
    raise LockBusy(
        f"captions of schedule {schedule_id} are not locked: {TRIES} tries met others at work",
        fix="run it again; locking what is locked already changes nothing",
    )


class _Request:
    """One request as two statements with the same parameters."""

    def __init__(
        self,
        client: bigquery.Client,
        dataset: str,
        schedule_id: str,
        page: str,
        assignments: Sequence[Assignment],
        now: datetime | None,
    ) -> None:
        if not DATASET_NAME.fullmatch(dataset):
            raise LockInvalid(f"{dataset!r} is no dataset")
        self._client = client
        self._names = {"dataset": dataset, "now": "@now" if now else "CURRENT_TIMESTAMP()"}
        self._parameters: list[Any] = [
            bigquery.ScalarQueryParameter("schedule_id", "STRING", schedule_id),
            bigquery.ScalarQueryParameter("page", "STRING", page),
            _array(assignments),
        ]
        if now:
            self._parameters.append(bigquery.ScalarQueryParameter("now", "TIMESTAMP", now))

    def check(self) -> None:
        """Raise LockConflict when somebody else holds one of the captions. Writes nothing."""
        try:
            rows = self._run(FIRST_CONFLICT)
        except GoogleAPICallError as error:
            raise CloudError(f"looking for lock conflicts: {error}") from error
        for row in rows:
            raise _conflict(row["message"])

    def lock(self) -> bool:
        """True when the captions are locked, False when the transaction was aborted by another one."""
        try:
            self._run(CALL)
        except GoogleAPICallError as error:
            if refusal := _refusal(str(error)):
                raise refusal from error
            if not ABORTED.search(str(error)):
                raise CloudError(f"locking captions: {error}") from error
            return False
        return True

    def _run(self, statement: str) -> list[Any]:
        config = bigquery.QueryJobConfig(query_parameters=self._parameters)
        sql = statement.format(**self._names)
        # The client's own retries would wait for ten minutes; what may be tried again is decided above.
        job = self._client.query(sql, config, timeout=CALL_SECONDS, retry=None, job_retry=None)  # type: ignore[arg-type]
        return list(job.result(timeout=CALL_SECONDS, retry=None))


def _array(assignments: Sequence[Assignment]) -> bigquery.ArrayQueryParameter:
    fields = {"caption_id": "INT64", "scheduled_send_date": "DATE", "scheduled_send_hour": "INT64"}
    shape = bigquery.StructQueryParameterType(  # type: ignore[no-untyped-call]
        *[bigquery.ScalarQueryParameterType(kind, name=name) for name, kind in fields.items()]  # type: ignore[no-untyped-call]
    )
    values = [
        bigquery.StructQueryParameter(
            None,
            bigquery.ScalarQueryParameter("caption_id", "INT64", item.caption_id),
            bigquery.ScalarQueryParameter("scheduled_send_date", "DATE", item.send_date),
            bigquery.ScalarQueryParameter("scheduled_send_hour", "INT64", item.send_hour),
        )
        for item in assignments
    ]
    return bigquery.ArrayQueryParameter("assignments", shape, values)


def _refusal(message: str) -> LockConflict | LockInvalid | None:
    """The typed error that a refusal of the procedure stands for, None for any other text."""
    if CONFLICT.search(message):
        return _conflict(message)
    invalid = INVALID.search(message)
    return LockInvalid(invalid[1]) if invalid else None


def _conflict(message: str) -> LockConflict:
    found = CONFLICT.search(message)
    if found is None:
        raise CloudError(f"a lock conflict that cannot be read: {message}")
    return LockConflict(int(found[1]), found[2], found[3], date.fromisoformat(found[4]))
