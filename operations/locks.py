"""Locking captions for a schedule: one call, all captions or none.

The rules are SQL (lock_caption_assignments_at, caption_lock_conflicts_at). This module owns what a caller has to do
around them: it tries again for some minutes while others are at work, and every refusal becomes one typed error.
What the tables hold decides, before each try and after the last: a call that timed out may have locked.
"""

from __future__ import annotations

import random
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import count
from typing import Any

import requests
from google.api_core.exceptions import GoogleAPICallError, RetryError, ServerError, TooManyRequests
from google.cloud import bigquery

from operations.errors import CloudError, LockBusy, LockConflict, LockInvalid

BUDGET_SECONDS = 300.0
# On BigQuery a call is about a dozen child jobs of one to three seconds each; the job ends before its caller gives up.
JOB_SECONDS = 90.0
CALL_SECONDS = 100.0
FIRST_PAUSE_SECONDS = 0.2
LONGEST_PAUSE_SECONDS = 15.0

DATASET_NAME = re.compile(r"(?:[A-Za-z0-9:.-]+\.)?[A-Za-z0-9_]+")
# The texts of our own procedures; BigQuery's texts are never read.
CONFLICT = re.compile(
    r"EROS_LOCK_CONFLICT\|caption_id=(-?\d+)\|holder_page=([^|]*)\|holder_schedule=([^|]*)\|send_date=(\d{4}-\d\d-\d\d)"
)
INVALID = re.compile(r"EROS_INVALID\|(.*?)(?= at \[|; reason:|\n|$)")
BUSY = "EROS_BUSY|"
UNANSWERED = (RetryError, TimeoutError, requests.exceptions.RequestException)

CALL = "CALL `{dataset}.lock_caption_assignments_at`(@schedule_id, @page, @assignments, {now})"
STATE = """
SELECT
  (
    SELECT c.message
    FROM `{dataset}.caption_lock_conflicts_at`(@schedule_id, @page, @assignments, {now}) AS c
    ORDER BY c.caption_id, c.send_date, c.holder_page, c.message
    LIMIT 1
  ) AS conflict,
  (
    SELECT COALESCE(LOGICAL_AND(held.assignment_key IS NOT NULL), FALSE)
    FROM UNNEST(@assignments) AS wanted
    LEFT JOIN `{dataset}.active_caption_assignments` AS held
      ON held.assignment_key = `{dataset}.assignment_key`(
        @page, wanted.caption_id, wanted.scheduled_send_date, wanted.scheduled_send_hour
      )
      AND held.scheduled_send_date = wanted.scheduled_send_date
      AND held.schedule_id = @schedule_id
      AND held.is_active
  ) AS is_locked
"""


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
    Errors: LockConflict with the holder, LockInvalid, LockBusy after five minutes of tries, CloudError.
    """
    request = _Request(client, dataset, schedule_id, page, assignments, now)
    deadline = time.monotonic() + BUDGET_SECONDS
    for attempt in count():
        is_locked = request.is_locked()
        if attempt and is_locked:
            return
        if request.lock():
            return
        pause = min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2**attempt) * random.uniform(0.5, 1.5)  # noqa: S311
        if time.monotonic() + pause > deadline:
            break
        time.sleep(pause)
    if not request.is_locked():
        raise LockBusy(
            f"captions of schedule {schedule_id} are not locked: for {BUDGET_SECONDS / 60:.0f} minutes others were "
            "at work or BigQuery did not answer",
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
            bigquery.ScalarQueryParameter("page", "STRING", page.strip().lower()),
            _array(assignments),
        ]
        if now:
            self._parameters.append(bigquery.ScalarQueryParameter("now", "TIMESTAMP", now))

    def is_locked(self) -> bool:
        """Whether the schedule holds all captions. Raises LockConflict when somebody else holds one."""
        try:
            (state,) = self._run(STATE)
        except (GoogleAPICallError, *UNANSWERED) as error:
            raise CloudError(f"looking at the locks: {error}") from error
        if state["conflict"]:
            raise _conflict(state["conflict"])
        return bool(state["is_locked"])

    def lock(self) -> bool:
        """True when the captions are locked, False when that is not known or others were at work."""
        started = time.monotonic()
        try:
            self._run(CALL)
        except UNANSWERED:
            return False
        except GoogleAPICallError as error:
            if refusal := _refusal(str(error)):
                raise refusal from error
            has_timed_out = time.monotonic() - started >= JOB_SECONDS
            if has_timed_out or BUSY in str(error) or isinstance(error, (ServerError, TooManyRequests)):
                return False
            self.is_locked()
            raise CloudError(f"locking captions: {error}") from error
        return True

    def _run(self, statement: str) -> list[Any]:
        config = bigquery.QueryJobConfig(query_parameters=self._parameters)
        config.job_timeout_ms = int(JOB_SECONDS * 1000)
        sql = statement.format(**self._names)
        # The client's own retries would wait for ten minutes; what may be tried again is decided above.
        job = self._client.query(sql, config, timeout=CALL_SECONDS, retry=None, job_retry=None)  # type: ignore[arg-type]
        return list(job.result(timeout=CALL_SECONDS, retry=None))


def _array(assignments: Sequence[Assignment]) -> bigquery.ArrayQueryParameter:
    fields = {"caption_id": "INT64", "scheduled_send_date": "DATE", "scheduled_send_hour": "INT64"}
    shape = bigquery.StructQueryParameterType(
        *[bigquery.ScalarQueryParameterType(kind, name=name) for name, kind in fields.items()]
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
