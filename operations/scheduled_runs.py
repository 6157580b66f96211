"""Scheduled queries of a deployed stack: what they are, when they ran, running them now."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from google.cloud.bigquery_datatransfer_v1 import DataTransferServiceClient
from google.cloud.bigquery_datatransfer_v1.types import (
    StartManualTransferRunsRequest,
    TransferConfig,
    TransferRun,
    TransferState,
)

from catalog.alerts import TOLD
from operations.clients import answering
from operations.errors import CloudError
from outputs import StackOutputs
from settings.errors import ErosError

CALL_SECONDS = 15.0
POLL_SECONDS = 0.2
# The service refuses a time that lies ahead of its own clock: this much a fast clock may be wrong.
CLOCK_TOLERANCE = timedelta(minutes=1)
FINISHED = (TransferState.SUCCEEDED, TransferState.FAILED, TransferState.CANCELLED)


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a transfer config; times in UTC, `error` empty unless it failed."""

    name: str
    state: str
    run_time: datetime
    started: datetime | None
    ended: datetime | None
    error: str

    @property
    def is_well(self) -> bool:
        """Whether it did its work: the evaluator of alerts fails whenever it has something to tell."""
        return self.state == "SUCCEEDED" or f"{TOLD}|" in self.error

    @property
    def outcome(self) -> str:
        """The state for people: a failed run that did its work says so."""
        return f"{self.state} (told alerts)" if self.is_well and self.error else self.state

    @property
    def seconds(self) -> float | None:
        return (self.ended - self.started).total_seconds() if self.started and self.ended else None


@dataclass(frozen=True, slots=True)
class ScheduledQuery:
    """A transfer config with its newest run and the last one that did its work."""

    name: str
    config: str
    schedule: str
    disabled: bool
    next_run: datetime | None
    last: Run | None
    last_success: Run | None

    def is_due(self, now: datetime) -> bool:
        """True when it never succeeded, or its next run lies behind: the service puts an interrupted run back there."""
        if self.disabled:
            return False
        return self.last_success is None or (self.next_run is not None and self.next_run <= now)


class ScheduledQueries:
    """The stack's scheduled queries behind the Data Transfer API."""

    def __init__(self, client: DataTransferServiceClient, outputs: StackOutputs) -> None:
        self._client, self._outputs = client, outputs

    def list(self) -> tuple[ScheduledQuery, ...]:
        """All scheduled queries of the stack, by name. Errors: CloudError."""
        return tuple(self.get(name) for name in sorted(self._outputs.schedules))

    def get(self, name: str) -> ScheduledQuery:
        """One scheduled query. Errors: ErosError for an unknown name, CloudError."""
        return self.with_runs(name)[0]

    def with_runs(self, name: str) -> tuple[ScheduledQuery, tuple[Run, ...]]:
        """One scheduled query and its runs, the newest first. Errors: as `get`."""
        self.check([name])
        resource = self._outputs.schedules[name]
        with answering(f"scheduled query {name}"):
            config = self._client.get_transfer_config(name=resource, timeout=CALL_SECONDS)
            runs = tuple(sorted(self._runs(resource), key=lambda run: run.run_time, reverse=True))
        return _scheduled_query(name, config, runs), runs

    def check(self, names: Iterable[str]) -> None:
        """Errors: ErosError with every name that is no scheduled query of the stack."""
        if unknown := sorted(set(names) - self._outputs.schedules.keys()):
            known = ", ".join(sorted(self._outputs.schedules))
            raise ErosError(f"no scheduled query {', '.join(map(repr, unknown))}", fix=f"one of: {known}")

    def _runs(self, resource: str) -> Iterator[Run]:
        for run in self._client.list_transfer_runs(parent=resource, timeout=CALL_SECONDS):
            yield _run(run)

    def run(self, name: str, now: datetime, wait_seconds: float) -> Run:
        """Starts a manual run and waits for its end. Errors: CloudError when it does not end in `wait_seconds`."""
        query = self.get(name)
        request = StartManualTransferRunsRequest(parent=query.config, requested_run_time=now - CLOCK_TOLERANCE)
        with answering(f"running {name}"):
            started = self._client.start_manual_transfer_runs(request=request, timeout=CALL_SECONDS).runs
            return self._wait(started[0].name, time.monotonic() + wait_seconds)

    def _wait(self, run: str, deadline: float) -> Run:
        while True:
            found = self._client.get_transfer_run(name=run, timeout=CALL_SECONDS)
            if found.state in FINISHED:
                return _run(found)
            if time.monotonic() > deadline:
                raise CloudError(f"{run} has not ended", fix="look at it again with: eros schedules")
            time.sleep(POLL_SECONDS)


def _scheduled_query(name: str, config: TransferConfig, newest: Sequence[Run]) -> ScheduledQuery:
    return ScheduledQuery(
        name=name,
        config=config.name,
        schedule=config.schedule,
        disabled=config.disabled,
        next_run=_instant(config, "next_run_time"),
        last=next(iter(newest), None),
        last_success=next((run for run in newest if run.is_well), None),
    )


def _run(run: TransferRun) -> Run:
    return Run(
        name=run.name,
        state=TransferState(run.state).name,
        run_time=_instant(run, "run_time") or datetime.fromtimestamp(0, UTC),
        started=_instant(run, "start_time"),
        ended=_instant(run, "end_time"),
        error=run.error_status.message if run.state == TransferState.FAILED else "",
    )


def _instant(message: TransferConfig | TransferRun, field: str) -> datetime | None:
    """A timestamp field as UTC datetime, None when unset."""
    return getattr(message, field).astimezone(UTC) if field in message else None
