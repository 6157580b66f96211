"""`eros deploy`: preflight, preview, backup, the update bound to that preview, verification, health gate, record.

Every end is told by its exit code; an end between two steps is gone on with by the next run, which reads the state
file. What fails after the update is taken back by `eros rollback`, unless `--no-rollback`: definitions go back, rows
that were written since stay.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from operations.deploying import preflight
from operations.deploying.first_step import WITHOUT, first_program
from operations.deploying.judging import OK, Judging, details, row
from operations.deploying.state import State, StateFile
from operations.errors import EngineFailed, NotConfirmed
from operations.history import recorded
from operations.history.updates import Update
from operations.notify import Status
from operations.releases.deployments import (
    ID,
    Closed,
    DeploymentResult,
    deployment_message,
    deployment_of,
    is_first_step,
)
from operations.releases.stack_hands import Hands
from operations.review import git
from operations.review.previewed import Plan
from operations.rollback import guard
from operations.rollback.rolling import BEFORE
from operations.stack import Stack
from outputs import OutputsError
from plain_command.errors import UserError

PREREQUISITES, BACKUP, UPDATE = 1, 2, 3
WORD = "DEPLOY"
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class DeployWanted:
    """What the operator wants; `watch` is how long the gate watches (each step, of `phases`, which deploys in two),
    `verbose` shows the engine's whole preview.
    """

    dry_run: bool = False
    skip_backup: bool = False
    skip_tests: bool = False
    no_rollback: bool = False
    watch: timedelta = timedelta()
    verbose: bool = False
    yes: bool = False
    message: str = ""
    phases: bool = False


class Killed(EngineFailed):
    """An earlier run that left no word of its end."""

    def __init__(self, message: str) -> None:
        super().__init__(message, UPDATE)


class BackupFailed(EngineFailed):
    """The tables could not be backed up; nothing was changed."""


class Deploy:
    """One deployment of one stack. `hands` raises OutputsError while the stack was never deployed."""

    def __init__(
        self,
        stack: Stack,
        hands: Callable[[], Hands],
        say: Say,
        prompt: Callable[[str], str],
        sleep: Callable[[float], None] | None = None,
    ) -> None:
        self._stack, self._open_hands, self._say, self._prompt = stack, hands, say, prompt
        self._file = StateFile(stack.root, stack.name)
        self.state: State | None = None
        self._judging = Judging(stack, hands, say, prompt, sleep)

    def run(self, wanted: DeployWanted) -> int:
        """Deploys, or goes on with what was interrupted; the exit code (operations.md has six, 130 is a signal)."""
        self.state = self._interrupted()
        if self.state is not None:
            self._say(f"going on with deployment {self.state.deployment_id}: {self.state.phase}")
            return self._judging.go_on(self.state, skip_tests=wanted.skip_tests)
        plan = self._preflight(wanted)
        if plan is None:
            return PREREQUISITES
        if not plan.steps:
            self._say("nothing to deploy: the stack is as its files say")
            return OK
        with first_program(self._stack, self._say) if wanted.phases else nullcontext() as first:
            first_plan = self._first_plan(first) if first else None
            if first and first_plan is None:
                return PREREQUISITES
            if wanted.dry_run or not self._agreed(wanted):
                return OK
            self.state = state = self._begin(wanted)
            try:
                self._prepare(wanted, state)
                if first and first_plan and (code := self._first_step(state, first, first_plan, wanted)) is not None:
                    return code
                self._update(state, plan)
            except BaseException as error:
                self._stopped(state, error)
                raise
        return self._judging.go_on(state, skip_tests=wanted.skip_tests)

    def _first_plan(self, first: Stack) -> Plan | None:
        """What the first of two steps would do, None where it must not be done."""
        plan = Plan.read(first.previewed())
        if not self._pass(preflight.of_preview(plan, self._stack.settings)):
            self._say(f"the first step cannot be made alone: mend it, or {WITHOUT}")
            return None
        self._say("first step, what holds data and access:")
        for text in guard.summary(plan, guard.FORWARD):
            self._say(f"  {text}")
        return plan

    def _first_step(self, state: State, first: Stack, plan: Plan, wanted: DeployWanted) -> int | None:
        """The first of two steps, watched; the exit code where it ends there."""
        if not plan.steps and state.first_step != "made":
            self._say("first step: nothing that holds data or access changes")
            return None
        if plan.steps:
            self._up(first, state, plan, deployment_message(state.deployment_id, state.message, first_step=True))
            state.first_step = "made"
        state.note("first_step", "deployed")
        self._start_watch(state)
        return self._judging.first_step(state, first, skip_tests=wanted.skip_tests)

    def _interrupted(self) -> State | None:
        """A deployment whose update was made and whose end nobody saw: it goes on after the update."""
        state = self._file.read()
        if state is None or state.status != "running":
            return None
        if not state.phase:
            made = self._update_of(state)
            if made is None or not made.is_good:
                self._stopped(state, Killed("it was killed before its update had ended"))
                return None
            state.phase, state.updated_at = "updated", str(made.ended or state.started_at)
            self._start_watch(state)
        return state

    def _update_of(self, state: State) -> Update | None:
        """The update that a deployment has made, None when the history has none, or its first step alone."""
        made = self._last_of(state)
        return None if made is None or is_first_step(made.message) else made

    def _last_of(self, state: State) -> Update | None:
        made = [one for one in recorded.updates(self._stack) if deployment_of(one.message) == state.deployment_id]
        return made[-1] if made else None

    def gate(self, watch: timedelta, *, roll_back: bool) -> int:
        """The gate alone, on the last deployment of this machine. Errors: NotConfirmed where there was none."""
        self.state = state = self._file.read()
        if state is None or not state.updated_at:
            raise NotConfirmed(
                f"no deployment of stack {self._stack.name} was made from this folder",
                fix=f"eros health -s {self._stack.name} says how it is now",
            )
        if state.status == "running" and not state.phase:
            raise NotConfirmed(
                f"deployment {state.deployment_id} of stack {self._stack.name} has not made its update yet",
                fix=f"eros deploy -s {self._stack.name} goes on with it",
            )
        if watch:
            state.watch_until = (datetime.now(UTC) + watch).isoformat()
        state.may_roll_back = roll_back
        if state.status == "running":
            return self._judging.go_on(state, skip_tests=False)
        return self._judging.look(state)

    def _preflight(self, wanted: DeployWanted) -> Plan | None:
        """The preview where everything passed, None otherwise."""
        if not self._pass(preflight.lines(self._stack, skip_tests=wanted.skip_tests, say=self._say)):
            return None
        plan = Plan.read(self._stack.previewed())
        if not self._pass(preflight.of_preview(plan, self._stack.settings)):
            return None
        for text in guard.summary(plan, guard.FORWARD):
            self._say(text)
        if wanted.verbose:
            self._stack.run("preview", ("--diff",))
        return plan

    def _pass(self, lines: Iterable[preflight.Line]) -> bool:
        """Prints all of them; whether none failed."""
        failed = False
        for line in lines:
            self._say(f"{line.state.upper():4}  {line.name}: {line.found}")
            if line.state != "pass" and line.fix:
                self._say(f"      fix: {line.fix}")
            failed = failed or line.state == "fail"
        if failed:
            self._say("nothing was changed: mend what failed")
        return not failed

    def _agreed(self, wanted: DeployWanted) -> bool:
        if wanted.yes:
            return True
        try:
            if self._prompt(f"type {WORD!r} to go on, anything else to leave all as it is: ").strip() == WORD:
                return True
        except EOFError:
            raise NotConfirmed("nothing was changed: nobody is here to agree", fix="--yes agrees beforehand") from None
        self._say("cancelled: nothing was changed")
        return False

    def _begin(self, wanted: DeployWanted) -> State:
        now = datetime.now(UTC)
        settings = self._stack.settings
        state = State(
            deployment_id=f"{now:{ID}}",
            project_id=settings.project,
            dataset=settings.dataset,
            started_at=now.isoformat(timespec="seconds"),
            commit=git.line(self._stack.root, "rev-parse", "HEAD"),
            message=wanted.message or git.line(self._stack.root, "log", "-1", "--format=%s"),
            watch_seconds=wanted.watch.total_seconds(),
            may_roll_back=not wanted.no_rollback,
        )
        state.note("preflight", "passed")
        last = self._file.read()
        made = self._last_of(last) if last is not None and last.status == "failed" else None
        if last is not None and made is not None and made == recorded.updates(self._stack)[-1]:
            # What a half-made update has broken was not so before: the figures of then still count.
            state.before, state.failed_before = last.before, last.failed_before
            state.first_step = last.first_step if is_first_step(made.message) else ""
        self._file.write(state)
        return state

    def _prepare(self, wanted: DeployWanted, state: State) -> None:
        """Backup and figures of before; nothing of a stack that was never deployed."""
        hands = self._hands()
        if hands is None:
            state.note("backup", "left out", "there is nothing yet")
            return
        hands.tell(Status.STARTED, details(state))
        if not wanted.skip_backup:
            self._back_up(hands, state)
        else:
            state.note("backup", "left out", "--skip-backup")
        started = datetime.fromisoformat(state.started_at)
        if state.before is None:
            self._say("figures and checks of what is deployed, to compare with")
            state.before = asdict(hands.figures(started - BEFORE, started))
            state.failed_before = [] if wanted.skip_tests else list(hands.verify(self._stack.root).failed)
        hands.opened(row(state))
        self._file.write(state)

    def _back_up(self, hands: Hands, state: State) -> None:
        self._say("backing up all tables")
        try:
            state.backup, rows = hands.backup()
        except UserError as error:
            state.note("backup", "failed", error.message)
            raise BackupFailed(error.message, BACKUP, fix=error.fix or "--skip-backup deploys without one") from None
        state.note("backup", "completed", f"{state.backup}: {len(rows)} tables")
        self._say(f"backup {state.backup}: {len(rows)} tables")

    def _update(self, state: State, seen: Plan) -> None:
        """The update, of the steps that were shown and no others."""
        self._up(self._stack, state, seen, deployment_message(state.deployment_id, state.message))
        state.phase = "updated"
        state.note("infrastructure", "deployed")
        self._start_watch(state)

    def _up(self, stack: Stack, state: State, seen: Plan, message: str) -> None:
        """One update of the program of `stack`.

        The CLI holds itself to a saved plan (`preview --save-plan`, `up --plan`); for the embedded engine, which has
        none, a second preview must find the same steps.
        """
        with self._bound(stack, seen, is_second=bool(state.first_step)) as bound:
            self._file.write(state)
            arguments = ("--yes", "--skip-preview", "--suppress-outputs", "--message", message, *bound)
            code = stack.deploys(arguments, UPDATE)
        if code:
            state.note("infrastructure", "failed", f"exit code {code}")
            raise EngineFailed(
                "the update failed half-way: what it did is recorded",
                UPDATE,
                fix=f"mend what it says and run eros deploy -s {self._stack.name} again: it goes on; or eros rollback",
            )
        state.updated_at = datetime.now(UTC).isoformat(timespec="seconds")

    def _start_watch(self, state: State) -> None:
        until = datetime.now(UTC) + timedelta(seconds=state.watch_seconds)
        state.watch_until = until.isoformat() if state.watch_seconds else ""
        self._file.write(state)

    @contextmanager
    def _bound(self, stack: Stack, seen: Plan, *, is_second: bool) -> Iterator[Sequence[str]]:
        """The arguments that hold the engine to what was seen; of a second step to what the first has left of it."""
        with tempfile.TemporaryDirectory(prefix="eros-plan-") as folder:
            saved = Path(folder, "plan.json")
            save = () if stack.engine.embedded else ("--save-plan", str(saved))
            now = Plan.read(stack.previewed(save))
            is_same = _steps(now) <= _steps(seen) if is_second else _steps(now) == _steps(seen)
            if now.refusals or not is_same:
                raise EngineFailed(
                    "the plan is out of date: an update would not do what the preview showed",
                    PREREQUISITES,
                    fix=f"run eros deploy -s {self._stack.name} again and look at it anew",
                )
            yield ("--plan", str(saved)) if save else ()

    def _stopped(self, state: State, error: BaseException) -> None:
        """Ended before or in the update: the file says how far it came; a new run begins anew, finding what is done."""
        said = error.message if isinstance(error, UserError) else type(error).__name__
        made = self._update_of(state)
        if made is not None and made.is_good:
            self._say(f"the update was made and not looked at: eros deploy -s {self._stack.name} goes on with it")
            return
        state.status = "failed"
        state.note("deployment", "failed", said)
        self._file.write(state)
        try:
            if hands := self._hands():
                ended = datetime.now(UTC)
                hands.closed(
                    Closed(state.deployment_id, DeploymentResult.FAILED, ended, state.backup, "", state.figures_before)
                )
                hands.tell(Status.FAILED, {**details(state), "why": said})
        except UserError as other:  # the first error is the one that counts
            self._say(f"not recorded: {other.message}")

    def _hands(self) -> Hands | None:
        try:
            return self._open_hands()
        except OutputsError:
            return None


def _steps(plan: Plan) -> set[tuple[str, str, str, Any]]:
    return {(step.op, step.kind, step.name, step.changed) for step in plan.steps}
