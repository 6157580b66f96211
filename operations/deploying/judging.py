"""What comes after a deployment's update: the checks, the gate, and back where they fail."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime

from operations.deploying import deploy_report
from operations.deploying.gate import GateVerdict
from operations.deploying.state import State, StateFile
from operations.deploying.watching import Watch
from operations.history import recorded
from operations.history.updates import rolled_back
from operations.notify import Status
from operations.releases.deployments import Closed, DeploymentResult, Opened, deployment_of
from operations.releases.figures import Figures
from operations.releases.stack_hands import Hands
from operations.releases.verifying import Verified
from operations.rollback.asking import RollbackAsk
from operations.rollback.rollback_journal import RollbackFile
from operations.rollback.rolling import Rollback
from operations.stack import Stack
from plain_command.errors import UserError

OK, TAKEN_BACK, PERSON_NEEDED = 0, 4, 5
"""Exit codes of a deployment whose update was made."""
Say = Callable[[str], None]


class Judging:
    """The judgement of one deployment, which can be made again whenever it was left."""

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

    def go_on(self, state: State, *, skip_tests: bool) -> int:
        """From where it was left; the exit code."""
        if state.phase == "taking back":
            return self._taken_back(self._open_hands(), state, Figures())
        return self._judge(state, skip_tests=skip_tests)

    def look(self, state: State) -> int:
        """The gate alone, on a deployment that has ended; nothing is taken back."""
        verdict, figures = Watch(self._stack, self._open_hands(), self._say, **self._sleep).until_over(state, None)
        self._show(verdict, state, figures)
        return OK if verdict.passed else PERSON_NEEDED

    def first_step(self, state: State, first: Stack, *, skip_tests: bool) -> int | None:
        """The same of the first of two steps, by the checks of its own program; None where the second may follow."""
        hands = self._open_hands()
        hands.opened(row(state))
        figures, _ = self._looked_at(hands, state, first, skip_tests=skip_tests)
        if state.why:
            return self._taken_back(hands, state, figures)
        state.first_step = "watched"
        self._file.write(state)
        return None

    def _judge(self, state: State, *, skip_tests: bool) -> int:
        """Verification and gate; what fails is taken back."""
        hands = self._open_hands()
        hands.opened(row(state))
        figures, investigate = self._looked_at(hands, state, self._stack, skip_tests=skip_tests)
        if state.why:
            return self._taken_back(hands, state, figures)
        return self._ended(hands, state, DeploymentResult.SUCCEEDED, figures, investigate)

    def _looked_at(
        self, hands: Hands, state: State, program: Stack, *, skip_tests: bool
    ) -> tuple[Figures, Sequence[str]]:  # fmt: skip
        """Checks and gate of what is deployed now; `state.why` says why it must be taken back."""
        verified = Verified() if skip_tests else hands.verify(program.root)
        why = self._told(state, verified, skip_tests=skip_tests)
        if not why and state.phase:
            state.phase = "verified"
            state.verified_at = state.verified_at or datetime.now(UTC).isoformat(timespec="seconds")
        self._file.write(state)
        watch = Watch(program, hands, self._say, **self._sleep)
        now = None if skip_tests else verified.failed
        try:
            verdict, figures = watch.look(state, now) if why else watch.until_over(state, now)
        except KeyboardInterrupt:
            again = f"eros gate -s {self._stack.name}" if state.phase else f"eros deploy --phases -s {self._stack.name}"
            self._say(f"no longer watched: {again} goes on with it")
            raise
        self._show(verdict, state, figures)
        state.why = [*why, *verdict.rollback]
        state.note("gate", "failed" if state.why else "passed", "; ".join((*state.why, *verdict.investigate)))
        return figures, verdict.investigate

    def _told(self, state: State, verified: Verified, *, skip_tests: bool) -> list[str]:
        """Says how the checks went; what of them must be taken back."""
        fresh = [name for name in verified.failed if name not in state.failed_before]
        why = [f"check {name}" for name in fresh] + ([f"checks {verified}"] if verified.error else [])
        if skip_tests:
            state.note("validation", "left out", "--skip-tests")
            return why
        state.note("validation", "failed" if why else "passed", str(verified))
        self._say(f"verified: {verified}")
        for name in sorted(set(verified.failed) - set(fresh)):
            self._say(f"failed before, too: {name}")
        return why

    def _show(self, verdict: GateVerdict, state: State, figures: Figures) -> None:
        for text in deploy_report.compared(state.figures_before, figures):
            self._say(text)
        for kind, texts in asdict(verdict).items():
            for text in texts:
                self._say(f"{kind}: {text}")

    def _taken_back(self, hands: Hands, state: State, figures: Figures) -> int:
        why = "; ".join(state.why)
        state.note("deployment", "failed", why)
        if not state.may_roll_back:
            self._ended(hands, state, DeploymentResult.ROLLBACK_REQUIRED, figures, state.why)
            self._say(f"rollback is needed: {why}\n  fix: eros rollback -s {self._stack.name}")
            return PERSON_NEEDED
        state.phase = "taking back"
        self._file.write(state)
        self._say(f"taking it back: {why}")
        try:
            if not self._is_back(state):
                Rollback(self._stack, self._open_hands, self._say, self._prompt).run(self._ask_back(state))
        except UserError as error:
            self._ended(hands, state, DeploymentResult.ROLLBACK_REQUIRED, figures, [*state.why, error.message])
            self._say(f"it could not be taken back: {error}")
            return PERSON_NEEDED
        self._ended(hands, state, DeploymentResult.ROLLED_BACK, figures, state.why)
        return TAKEN_BACK

    def _ask_back(self, state: State) -> RollbackAsk:
        failed = tuple(state.failed_before)
        before = f"{len(failed)} failed before the deployment: {', '.join(failed)}" if failed else "all passed"
        reason = f"deployment {state.deployment_id}: {'; '.join(state.why)}"
        return RollbackAsk(reason=reason, yes=True, verified_before=before, failed_before=failed)

    def _is_back(self, state: State) -> bool:
        """Whether somebody has finished that rollback meanwhile."""
        updates = recorded.updates(self._stack)
        own = {one.number for one in updates if deployment_of(one.message) == state.deployment_id}
        is_open = RollbackFile(self._stack.root, self._stack.name).read() is not None
        return not is_open and bool(own & rolled_back(updates).keys())

    def _ended(self, hands: Hands, state: State, result: DeploymentResult, figures: Figures, why: Sequence[str]) -> int:
        is_good = result is DeploymentResult.SUCCEEDED and state.verified_at
        ended = datetime.fromisoformat(state.verified_at) if is_good else datetime.now(UTC)  # before the watch
        state.status = result.value.lower()
        state.note("deployment", state.status, "; ".join(why))
        report = deploy_report.write(self._stack, state, figures, why, self._say)
        before = state.figures_before
        hands.closed(Closed(state.deployment_id, result, ended, state.backup, str(report or ""), before, figures))
        status = Status.SUCCEEDED if result is DeploymentResult.SUCCEEDED else Status.FAILED
        hands.tell(status, {**details(state), "result": result.value, "why": "; ".join(why)})
        self._file.write(state)
        return OK


def row(state: State) -> Opened:
    """Its row when it begins."""
    started = datetime.fromisoformat(state.started_at)
    return Opened(state.deployment_id, started, state.commit, state.message, backup=state.backup)


def details(state: State) -> Mapping[str, str]:
    """What people are told of it."""
    return {
        "id": state.deployment_id,
        "commit": state.commit[:12],
        "backup": state.backup,
        "message": state.message,
    }
