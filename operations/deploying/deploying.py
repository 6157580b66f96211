"""`eros deploy`: preflight, preview, backup, the update bound to that preview, verification, health gate, record.

Every end is told by its exit code; an end between two steps is gone on with by the next run, which reads the state
file. What fails after the update is taken back by `eros rollback`, unless `--no-rollback`: definitions go back, rows
that were written since stay.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from operations.deploying import deploy_report, preflight
from operations.deploying.gate import Verdict
from operations.deploying.state import State, StateFile
from operations.deploying.watching import Watch
from operations.errors import EngineFailed, NotConfirmed
from operations.notify import Status
from operations.releases.deployments import ID, Closed, Opened, Result, deployment_message
from operations.releases.figures import Figures
from operations.releases.hands import Hands
from operations.releases.verifying import Verified
from operations.review import git
from operations.review.previewed import Plan
from operations.rollback import guard
from operations.rollback.rolling import BEFORE, Ask, Rollback
from operations.stack import Stack
from outputs import OutputsError
from plain_command.errors import UserError

OK, PREREQUISITES, BACKUP, UPDATE, TAKEN_BACK, PERSON_NEEDED = 0, 1, 2, 3, 4, 5
WORD = "DEPLOY"
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the operator wants; `watch` is how long the gate watches, `verbose` shows the engine's whole preview."""

    dry_run: bool = False
    skip_backup: bool = False
    skip_tests: bool = False
    no_rollback: bool = False
    watch: timedelta = timedelta()
    verbose: bool = False
    yes: bool = False
    message: str = ""


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
        self._sleep = {"sleep": sleep} if sleep else {}

    def run(self, wanted: Wanted) -> int:
        """Deploys, or goes on with what was interrupted; the exit code (operations.md has six, 130 is a signal)."""
        state = self._file.read()
        if state is not None and state.status == "running" and state.phase:
            self._say(f"going on with deployment {state.deployment_id}: {state.phase}")
            return self._judge(state, skip_tests=wanted.skip_tests)
        plan = self._preflight(wanted)
        if plan is None:
            return PREREQUISITES
        if not plan.steps:
            self._say("nothing to deploy: the stack is as its files say")
            return OK
        if wanted.dry_run or not self._agreed(wanted):
            return OK
        state = self._begin(wanted)
        try:
            self._prepare(wanted, state)
            self._update(state, plan)
        except BaseException as error:
            self._stopped(state, error)
            raise
        return self._judge(state, skip_tests=wanted.skip_tests)

    def gate(self, watch: timedelta, *, roll_back: bool) -> int:
        """The gate alone, on the last deployment of this machine. Errors: NotConfirmed where there was none."""
        state = self._file.read()
        if state is None or not state.updated_at:
            raise NotConfirmed(
                f"no deployment of stack {self._stack.name} was made from this folder",
                fix=f"eros health -s {self._stack.name} says how it is now",
            )
        if watch:
            state.watch_until = (datetime.now(UTC) + watch).isoformat()
        state.may_roll_back = roll_back
        if state.status == "running":
            return self._judge(state, skip_tests=False)
        verdict, figures = Watch(self._stack, self._open_hands(), self._say, **self._sleep).until_over(state, None)
        self._show(verdict, state, figures)
        return OK if verdict.passed else PERSON_NEEDED

    def _preflight(self, wanted: Wanted) -> Plan | None:
        """The preview where everything passed, None otherwise."""
        failed = False
        for line in preflight.lines(self._stack, skip_tests=wanted.skip_tests, say=self._say):
            self._line(line)
            failed = failed or line.state == "fail"
        if failed:
            self._say("nothing was changed: mend what failed")
            return None
        plan = Plan.read(self._stack.previewed())
        last = preflight.of_preview(plan)
        self._line(last)
        if last.state == "fail":
            return None
        for text in guard.summary(plan, guard.FORWARD):
            self._say(text)
        if wanted.verbose:
            self._stack.run("preview", ("--diff",))
        return plan

    def _line(self, line: preflight.Line) -> None:
        self._say(f"{line.state.upper():4}  {line.name}: {line.found}")
        if line.state != "pass" and line.fix:
            self._say(f"      fix: {line.fix}")

    def _agreed(self, wanted: Wanted) -> bool:
        if wanted.yes:
            return True
        try:
            if self._prompt(f"type {WORD!r} to go on, anything else to leave all as it is: ").strip() == WORD:
                return True
        except EOFError:
            raise NotConfirmed("nothing was changed: nobody is here to agree", fix="--yes agrees beforehand") from None
        self._say("cancelled: nothing was changed")
        return False

    def _begin(self, wanted: Wanted) -> State:
        now = datetime.now(UTC)
        settings = self._stack.settings
        state = State(
            deployment_id=f"{now:{ID}}",
            project_id=settings.project,
            dataset=settings.dataset,
            started_at=now.isoformat(timespec="seconds"),
            commit=git.line(self._stack.root, "rev-parse", "HEAD"),
            message=wanted.message or git.line(self._stack.root, "log", "-1", "--format=%s"),
            watch_until=str(wanted.watch.total_seconds()) if wanted.watch else "",
            may_roll_back=not wanted.no_rollback,
        )
        state.note("preflight", "passed")
        self._file.write(state)
        return state

    def _prepare(self, wanted: Wanted, state: State) -> None:
        """Backup and figures of before; nothing of a stack that was never deployed."""
        hands = self._hands()
        if hands is None:
            state.note("backup", "left out", "there is nothing yet")
            return
        hands.tell(Status.STARTED, self._details(state))
        if not wanted.skip_backup:
            self._back_up(hands, state)
        else:
            state.note("backup", "left out", "--skip-backup")
        started = datetime.fromisoformat(state.started_at)
        state.before = asdict(hands.figures(started - BEFORE, started))
        if not wanted.skip_tests:
            state.failed_before = list(hands.verify(self._stack.root).failed)
        hands.opened(self._row(state))
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
        """The update, of the steps that were shown and no others.

        The CLI holds itself to a saved plan (`preview --save-plan`, `up --plan`); for the embedded engine, which has
        none, a second preview must find the same steps.
        """
        with self._bound(seen) as bound:
            message = deployment_message(state.deployment_id, state.message)
            self._file.write(state)
            arguments = ("--yes", "--skip-preview", "--suppress-outputs", "--message", message, *bound)
            code = self._stack.run("up", arguments, needs_lock=True)
        if code:
            state.note("infrastructure", "failed", f"exit code {code}")
            raise EngineFailed(
                "the update failed half-way: what it did is recorded",
                UPDATE,
                fix=f"mend what it says and run eros deploy -s {self._stack.name} again: it goes on; or eros rollback",
            )
        state.phase, state.updated_at = "updated", datetime.now(UTC).isoformat(timespec="seconds")
        state.note("infrastructure", "deployed")
        if state.watch_until:
            state.watch_until = (datetime.now(UTC) + timedelta(seconds=float(state.watch_until))).isoformat()
        self._file.write(state)

    @contextmanager
    def _bound(self, seen: Plan) -> Iterator[Sequence[str]]:
        with tempfile.TemporaryDirectory(prefix="eros-plan-") as folder:
            saved = Path(folder, "plan.json")
            save = () if self._stack.engine.embedded else ("--save-plan", str(saved))
            now = Plan.read(self._stack.previewed(save))
            if now.refusals or _steps(now) != _steps(seen):
                raise EngineFailed(
                    "the plan is out of date: an update would not do what the preview showed",
                    PREREQUISITES,
                    fix=f"run eros deploy -s {self._stack.name} again and look at it anew",
                )
            yield ("--plan", str(saved)) if save else ()

    def _judge(self, state: State, *, skip_tests: bool) -> int:
        """Verification and gate; what fails is taken back."""
        hands = self._open_hands()
        hands.opened(self._row(state))
        verified = Verified() if skip_tests else hands.verify(self._stack.root)
        fresh = [name for name in verified.failed if name not in state.failed_before]
        why = [f"check {name}" for name in fresh] + ([f"checks {verified}"] if verified.error else [])
        if skip_tests:
            state.note("validation", "left out", "--skip-tests")
        else:
            state.note("validation", "failed" if why else "passed", str(verified))
            self._say(f"verified: {verified}")
            for name in set(verified.failed) - set(fresh):
                self._say(f"failed before, too: {name}")
        if not why:
            state.phase = "verified"
        self._file.write(state)
        watch = Watch(self._stack, hands, self._say, **self._sleep)
        verdict, figures = watch.look(state, verified.failed) if why else watch.until_over(state, verified.failed)
        self._show(verdict, state, figures)
        why += verdict.rollback
        state.note("gate", "failed" if why else "passed", "; ".join((*why, *verdict.investigate)))
        if why:
            return self._taken_back(hands, state, why, figures)
        return self._ended(hands, state, Result.SUCCEEDED, figures, verdict.investigate)

    def _show(self, verdict: Verdict, state: State, figures: Figures) -> None:
        for text in deploy_report.compared(state.figures_before, figures):
            self._say(text)
        for kind, texts in asdict(verdict).items():
            for text in texts:
                self._say(f"{kind}: {text}")

    def _taken_back(self, hands: Hands, state: State, why: Sequence[str], figures: Figures) -> int:
        state.note("deployment", "failed", "; ".join(why))
        if not state.may_roll_back:
            self._ended(hands, state, Result.ROLLBACK_REQUIRED, figures, why)
            self._say(f"rollback is needed: {'; '.join(why)}\n  fix: eros rollback -s {self._stack.name}")
            return PERSON_NEEDED
        self._say(f"taking it back: {'; '.join(why)}")
        rolling = Rollback(self._stack, self._open_hands, self._say, self._prompt)
        reason = f"deployment {state.deployment_id}: {'; '.join(why)}"
        try:
            rolling.run(Ask(reason=reason, yes=True))
        except UserError as error:
            self._ended(hands, state, Result.ROLLBACK_REQUIRED, figures, [*why, error.message])
            self._say(f"it could not be taken back: {error}")
            return PERSON_NEEDED
        self._ended(hands, state, Result.ROLLED_BACK, figures, why)
        return TAKEN_BACK

    def _ended(self, hands: Hands, state: State, result: Result, figures: Figures, why: Sequence[str]) -> int:
        ended = datetime.now(UTC)
        state.status = result.value.lower()
        state.note("deployment", state.status, "; ".join(why))
        report = deploy_report.write(self._stack, state, figures, why, self._say)
        before = state.figures_before
        hands.closed(Closed(state.deployment_id, result, ended, state.backup, str(report or ""), before, figures))
        status = Status.SUCCEEDED if result is Result.SUCCEEDED else Status.FAILED
        hands.tell(status, {**self._details(state), "result": result.value, "why": "; ".join(why)})
        self._file.write(state)
        return OK

    def _stopped(self, state: State, error: BaseException) -> None:
        """Ended before or in the update: the file says how far it came; a new run begins anew, finding what is done."""
        said = error.message if isinstance(error, UserError) else type(error).__name__
        state.status = "failed"
        state.note("deployment", "failed", said)
        self._file.write(state)
        try:
            if hands := self._hands():
                ended = datetime.now(UTC)
                hands.closed(Closed(state.deployment_id, Result.FAILED, ended, state.backup, "", state.figures_before))
                hands.tell(Status.FAILED, {**self._details(state), "why": said})
        except UserError as other:  # the first error is the one that counts
            self._say(f"not recorded: {other.message}")

    def _hands(self) -> Hands | None:
        try:
            return self._open_hands()
        except OutputsError:
            return None

    def _row(self, state: State) -> Opened:
        started = datetime.fromisoformat(state.started_at)
        return Opened(state.deployment_id, started, state.commit, state.message, backup=state.backup)

    def _details(self, state: State) -> Mapping[str, str]:
        return {
            "id": state.deployment_id,
            "commit": state.commit[:12],
            "backup": state.backup,
            "message": state.message,
        }


def _steps(plan: Plan) -> set[tuple[str, str, str, Any]]:
    return {(step.op, step.kind, step.name, step.changed) for step in plan.steps}
