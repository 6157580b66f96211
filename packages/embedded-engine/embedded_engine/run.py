"""One run over a stack: a preview, update, destroy or refresh. What all its parts share."""

from __future__ import annotations

import contextlib
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NoReturn, Protocol

from embedded_engine.errors import ProviderError, Refused, StepFailed
from embedded_engine.provider import Diff
from embedded_engine.snapshot import Snapshot
from embedded_engine.state import Goal, State


@dataclass(frozen=True)
class Step:
    """Something that was done, or in a preview would be done, to one resource.

    `op` is the CLI's word: same, create, update, delete, replace, create-replacement, delete-replaced, read,
    discard, discard-replaced.
    """

    op: str
    state: State
    old: State | None = None
    diff: Diff | None = None
    seconds: float | None = None


class Display(Protocol):
    """Whoever shows a run to people or programs."""

    def started(self, op: str, state: State) -> None:
        """A step begins."""

    def step(self, step: Step) -> None:
        """A step is done."""

    def log(self, severity: str, urn: str, message: str) -> None:
        """Somebody said something: `info`, `warning` or `error`."""


class Run:
    """Tables and rules of one run. `lock` guards the tables and the snapshot.

    `olds` are the recorded resources, `goals` and `news` what the program registered so far and what became of it,
    `seen` the URNs registered, `taken` the recorded URNs that live on, `condemned` the URNs that were deleted in
    order to be made anew (with the properties that are why), `resumed` the URNs whose interrupted creation was
    repeated. `unsound` says that a preview found what an update would fail on.
    """

    def __init__(
        self, stack: str, project: str, snapshot: Snapshot, display: Display, preview: bool, parallel: int
    ) -> None:
        self.stack, self.project, self.preview, self.parallel = stack, project, preview, parallel
        self.snapshot, self.display, self.lock = snapshot, display, snapshot.lock
        self.olds = snapshot.live()
        self.goals: dict[str, Goal] = {}
        self.news: dict[str, State] = {}
        self.seen: set[str] = set()
        self.taken: set[str] = set()
        self.condemned: dict[str, list[str]] = {}
        self.replaced: set[str] = set()
        self.resumed: set[str] = set()
        self.counts: Counter[str] = Counter()
        self.failed = self.cancelled = self.unsound = False
        self.refusal: Refused | None = None
        self._slots = threading.Semaphore(parallel)
        self._active = 0
        self._idle = threading.Condition()

    def fail(self, urn: str, message: str) -> NoReturn:
        """Reports a failure and stops the run: steps under way end, no other begins."""
        self.failed = True
        self.display.log("error", urn, message)
        raise StepFailed(message)

    def refuse(self, refusal: Refused) -> NoReturn:
        """Stops the run because the program uses what the engine does not have."""
        self.failed, self.refusal = True, self.refusal or refusal
        raise StepFailed(str(refusal))

    def cancel(self) -> None:
        """Stops the run on request."""
        self.failed = self.cancelled = True

    def check_running(self) -> None:
        """Raises if the run is stopping."""
        if self.failed:
            raise StepFailed("the run is stopping")

    @contextlib.contextmanager
    def doing(self, state: State, kind: str, op: str) -> Iterator[None]:
        """Surrounds the provider's part of a step: waits for a free slot and records that it was begun."""
        self.check_running()
        with self._slots:
            self.check_running()
            with self._idle:
                self._active += 1
            try:
                self.snapshot.begin(state, kind)
                if not state.is_default_provider:
                    self.display.started(op, state)
                yield
            except (ProviderError, Refused) as error:
                self.snapshot.end(state)
                self.snapshot.save()
                if isinstance(error, Refused):
                    raise
                self.fail(state.urn, str(error))
            finally:
                with self._idle:
                    self._active -= 1
                    self._idle.notify_all()

    def drain(self) -> None:
        """Waits until the steps under way have ended."""
        with self._idle:
            self._idle.wait_for(lambda: self._active == 0)

    def report(self, step: Step, counted: bool = True) -> None:
        """Counts and shows a step; default providers are neither counted nor shown."""
        if step.state.is_default_provider:
            return
        with self.lock:
            if counted:
                self.counts[step.op] += 1
        self.display.step(step)
