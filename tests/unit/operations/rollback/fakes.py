"""A cloud and an engine that may die at any of their calls; git, the history and the journals are real."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar

from operations.notify import Status
from operations.releases.deployments import Closed, Opened
from operations.releases.figures import Figures
from operations.releases.verifying import Verified
from operations.stack import Stack
from tests.unit.operations.history.past import Past
from tests.unit.operations.recorder import recording_stack
from tests.unit.operations.rollback.test_building import git


class Died(BaseException):
    """The process is gone."""


@dataclass
class Cloud:
    """What was done, in order; `dies_at` is the number of the call after which the process is gone."""

    past: Past
    schedules: dict[str, bool] = field(default_factory=lambda: {"a": True, "b": True, "off": False})
    log: list[str] = field(default_factory=list)
    rows_of: dict[str, Closed] = field(default_factory=dict)
    opened_as: list[Opened] = field(default_factory=list)
    told: list[Status] = field(default_factory=list)
    verified: list[Verified] = field(default_factory=list)
    measured: list[Figures] = field(default_factory=list)
    state: list[Any] = field(default_factory=list)
    differing: list[str] = field(default_factory=list)
    plans: list[dict[str, Any]] = field(default_factory=list)
    plan: dict[str, Any] = field(default_factory=dict)
    saved: list[str] = field(default_factory=list)
    given: list[str] = field(default_factory=list)
    dies_at: int = -1
    is_killed: bool = False
    gone: threading.Event = field(default_factory=threading.Event)
    up_code: int = 0

    def note(self, what: str) -> None:
        self.log.append(what)
        if len(self.log) == self.dies_at and self.is_killed:
            self.gone.set()
            threading.Event().wait()  # nothing of the process runs any more
        elif len(self.log) == self.dies_at:
            raise Died

    def backup(self) -> tuple[str, dict[str, int]]:
        self.note("backup")
        return "2025-11-04_200000", {"t": 3}

    def rows(self, names: Collection[str]) -> dict[str, int]:
        return dict.fromkeys(names, 4)

    def running(self) -> list[str]:
        self.note("running")
        return [name for name, runs in self.schedules.items() if runs]

    def stop(self, names: Collection[str], why: str) -> None:
        for name in sorted(names):
            self.schedules[name] = False
            self.note(f"stop {name}")

    def start(self, names: Collection[str]) -> list[str]:
        for name in sorted(names):
            self.schedules[name] = True
            self.note(f"start {name}")
        return sorted(names)

    def verify(self, folder: Path, only: Sequence[str] = ()) -> Verified:
        self.note("verify")
        return self.verified.pop(0) if self.verified else Verified(3)

    def compared(self, stopped: Collection[str]) -> tuple[list[str], list[str]]:
        return self.differing, []

    def figures(self, since: datetime, until: datetime) -> Figures:
        return self.measured.pop(0) if self.measured else Figures(health_score=90)

    def restore(self, backup: str, reason: str) -> None:
        self.note(f"restore {backup}")

    def opened(self, one: Opened) -> None:
        self.opened_as.append(one)

    def closed(self, one: Closed) -> None:
        self.note("closed")
        self.rows_of[one.id] = one

    def tell(self, status: Status, details: Mapping[str, str]) -> None:
        self.told.append(status)


@dataclass(frozen=True)
class FakeStack(Stack):
    """Its engine is the cloud above: an update is recorded in the history as engines do it."""

    cloud: ClassVar[Cloud]

    def resources(self) -> list[Any]:
        return self.cloud.state

    def previewed(self, arguments: Sequence[str] = ()) -> dict[str, Any]:
        self.cloud.saved += arguments
        return self.cloud.plans.pop(0) if self.cloud.plans else self.cloud.plan

    def run(self, verb: str, arguments: Sequence[str] = (), *, needs_lock: bool = False) -> int:
        if verb == "refresh":
            self.cloud.note("refresh")
            self.cloud.given = list(arguments)
            if not self.cloud.up_code:
                self.cloud.past.add(kind="refresh", message=self._message(arguments), commit=self._commit())
            return self.cloud.up_code
        self.cloud.note(f"up begun: {(self.root / 'program').read_text()}")
        self.cloud.given = list(arguments)
        if self.cloud.up_code:
            self.cloud.past.add("failed", message=self._message(arguments), commit=self._commit())
            return self.cloud.up_code
        self.cloud.past.add(message=self._message(arguments), commit=self._commit())
        self.cloud.note("up ended")
        return 0

    def _message(self, arguments: Sequence[str]) -> str:
        return arguments[list(arguments).index("--message") + 1]

    def _commit(self) -> str:
        return git(self.root, "rev-parse", "HEAD")


def clone_of(root: Path, past: Past, cloud: Cloud) -> FakeStack:
    """A clone of two commits, each deployed once: update 1 of `good`, update 2 of `bad`, which is checked out."""
    (root / "sql" / "tables").mkdir(parents=True)
    (root / ".venv").mkdir()
    made = recording_stack(root)
    (root / ".gitignore").write_text(".venv\n/.eros/\n")
    git(root, "init", "--quiet")
    for text in ("good", "bad"):
        (root / "program").write_text(text)
        git(root, "add", "--all")
        git(root, "commit", "--quiet", "--message", text)
        past.add(commit=git(root, "rev-parse", "HEAD"))
    FakeStack.cloud = cloud
    return FakeStack(*(getattr(made, one.name) for one in dataclasses.fields(Stack)))
