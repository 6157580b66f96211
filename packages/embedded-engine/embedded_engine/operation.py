"""Performs one operation on a stack from beginning to end: preview, update, destroy, refresh or import."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Protocol

from embedded_engine import urns
from embedded_engine.deletion import Deletion
from embedded_engine.errors import FAILED, EngineError, Refused, StepFailed
from embedded_engine.host import ENDED_EARLY
from embedded_engine.importing import Importer, Imports
from embedded_engine.monitor import Monitor
from embedded_engine.policies import Policies
from embedded_engine.program import Program, serving
from embedded_engine.providers import Attached, Providers
from embedded_engine.refresh import Refresh
from embedded_engine.registrar import Registrar
from embedded_engine.resume import resume
from embedded_engine.run import Display, Run
from embedded_engine.session import Session
from embedded_engine.steps import Steps
from embedded_engine.values import Properties

# Counted operations that change nothing that the stack owns.
_HARMLESS = frozenset({"same", "read", "discard"})
_SIGNALS = (signal.SIGINT, signal.SIGTERM)


@dataclass(frozen=True)
class Outcome:
    """How an operation ended."""

    succeeded: bool
    counts: Counter[str]
    outputs: Properties = field(default_factory=dict)
    """Of the stack."""
    outputs_before: Properties = field(default_factory=dict)
    seconds: float = 0.0
    refusal: Refused | None = None
    broken: Sequence[str] = ()
    """The mandatory policies that are broken, in words."""

    @property
    def changes(self) -> int:
        """How many resources of the stack were, or would be, changed."""
        return sum(count for op, count in self.counts.items() if op not in _HARMLESS)


class Runnable(Protocol):
    """A program: Program, or in tests something that registers resources on its own."""

    def run(self, run: Run, address: str) -> int:
        """Runs it against the services at the address; returns its exit code."""

    def stop(self) -> None:
        """Ends it."""


class Operation:
    """One operation; `kind` is the CLI's word for it: update, destroy, refresh or resource-import. `packs` are the
    folders of policy packs that an update is to keep to, `targets` the URNs that a refresh reads, all without.
    """

    def __init__(
        self,
        session: Session,
        kind: str,
        preview: bool,
        display: Display,
        parallel: int,
        program: Runnable | None = None,
        imports: Imports | None = None,
        packs: Sequence[Path] = (),
        targets: Sequence[str] = (),
    ) -> None:
        self._targets = frozenset(targets)
        self._session, self._kind, self._imports, self._packs = session, kind, imports, packs
        snapshot = session.snapshot(preview)
        attached = Attached(session.environment)
        attached.check(snapshot.base)
        if kind in ("update", "resource-import"):
            attached.check_any()
        self._run = Run(session.stack, session.project.name, snapshot, display, preview, parallel)
        self._providers = Providers(attached, snapshot, session.package_config)
        self._policies = Policies(self._run)
        self._program = program or Program(session.project, session.config)

    def perform(self) -> Outcome:
        """Does it. Failures are shown and part of the outcome."""
        start, run = time.monotonic(), self._run
        registrar = Registrar(run, self._providers, self._policies)
        texts = {key: value.text for key, value in self._session.config.items()}
        monitor = Monitor(run, registrar, self._providers, texts, self._session.project.folder)
        outputs: Properties = {}
        before = next((state.outputs for state in run.olds.values() if state.type == urns.STACK_TYPE), {})
        with serving(monitor, run.parallel) as address, self._interruptible():
            self._providers.engine_address = address
            try:
                self._work(monitor, address)
            except StepFailed:
                run.failed = True
            except Refused as refusal:
                run.failed, run.refusal = True, refusal
            except EngineError as error:
                run.failed = True
                run.display.log("error", "", str(error))
            finally:
                run.drain()
                outputs = monitor.finish()
                run.snapshot.save()
                self._providers.close()
        if run.cancelled:
            run.display.log("error", "", f"{self._kind} canceled")
        succeeded = not run.failed and not run.unsound
        seconds = time.monotonic() - start
        return Outcome(succeeded, run.counts, outputs, before, seconds, run.refusal, self._policies.broken)

    def _work(self, monitor: Monitor, address: str) -> None:
        run = self._run
        if self._kind == "refresh":
            Refresh(run, self._providers, self._targets).refresh()
            return
        resume(run, self._providers)
        if self._imports:
            Importer(run, self._providers, self._imports).perform()
            return
        if self._kind == "update":
            with self._policies.started(self._packs, self._session, address):
                self._run_program(monitor, address)
                self._policies.check_stack()
        Deletion(run, Steps(run, self._providers)).delete_unwanted()

    def _run_program(self, monitor: Monitor, address: str) -> None:
        run = self._run
        code = self._program.run(run, address)
        run.drain()
        run.check_running()
        if code == ENDED_EARLY or (code == 0 and not monitor.complete):
            # Whatever it did not come to register would be deleted.
            run.fail("", "the program ended with success before its end (sys.exit?): nothing is deleted")
        if code != 0:
            run.fail("", f"an unhandled error occurred: Program exited with non-zero exit code: {code}")

    @contextlib.contextmanager
    def _interruptible(self) -> Iterator[None]:
        """Lets Ctrl-C and SIGTERM stop the run: steps under way end and the state is saved. Twice: at once."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return

        def interrupt(_: int, __: FrameType | None) -> None:
            if self._run.cancelled:
                os._exit(FAILED)  # the state is as after a kill: the next run takes it up
            self._run.cancel()
            self._program.stop()
            threading.Thread(target=self._providers.cancel, daemon=True).start()

        before = {number: signal.signal(number, interrupt) for number in _SIGNALS}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
