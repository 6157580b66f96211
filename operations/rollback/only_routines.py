"""`eros rollback --only routines`: routines and views of a recorded update put back in seconds, everything else left.

What an update recorded of them is put back as it is, so that neither git nor the program of then is needed; the engine
then reads these objects again (a refresh of them alone), which brings its state in step and is the entry in the
history. What is to be done is found by comparing the target with what is live and with what the engine has recorded:
a command that ended half-way is finished by the next one, and one that finds nothing does nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from operations.errors import EngineFailed
from operations.history import recorded
from operations.history.updates import routines_message
from operations.notify import Status
from operations.releases.deployments import ID, Closed, DeploymentResult, Opened, deployment_of
from operations.releases.stack_hands import Hands
from operations.releases.verifying import Verified
from operations.rollback import live_definitions, rollback_report
from operations.rollback.asking import UPDATE_FAILED, Done, NotWell, RollbackAsk, agreed
from operations.rollback.choosing import Choice, OutOfReach, choose
from operations.rollback.definitions import Definition, body, definitions, differs
from operations.rollback.rollback_journal import RollbackFile
from operations.stack import Stack
from plain_command.errors import UserError
from settings.errors import ErosError

WITH_ITS_FILES = "d3"
"""The check that holds routines against the files of this folder, which those of then need not be like."""
Say = Callable[[str], None]


@dataclass(slots=True)
class _Work:
    """What is to be done: `put` by the API, `known` recorded anew, `left` told."""

    choice: Choice
    put: list[Definition]
    known: list[str]
    left: list[str]
    id: str = ""
    reason: str = ""
    done: list[str] = field(default_factory=list)


class OnlyRoutines:
    """One such rollback of one stack."""

    def __init__(
        self, stack: Stack, hands: Callable[[], Hands], say: Say, prompt: Callable[[str], str]
    ) -> None:  # fmt: skip
        self._stack, self._open_hands, self._say, self._prompt = stack, hands, say, prompt

    def run(self, ask: RollbackAsk) -> Done:
        """Errors: OutOfReach, NotConfirmed before anything changes; CloudError, EngineFailed, NotWell afterwards."""
        if RollbackFile(self._stack.root, self._stack.name).read():
            raise ErosError(
                f"a rollback of stack {self._stack.name} is not finished",
                fix=f"eros rollback -s {self._stack.name} goes on with it, with --abandon it gives it up",
            )
        updates = recorded.updates(self._stack)
        choice = choose(updates, ask.to, self._stack.name, needs_commit=False)
        for line in choice.skipped:
            self._say(f"passed over: {line}")
        work = self._work(choice)
        self._show(work)
        if ask.dry_run or not (work.put or work.known):
            return Done(0, self._document(work, rolled_back=False))
        reason = agreed(ask, self._prompt, self._say)
        if reason is None:
            return Done(0, {"rolled_back": False, "why": "not agreed"})
        now = datetime.now(UTC)
        if f"{now:{ID}}" == deployment_of(choice.current.message):
            now += timedelta(seconds=1)  # both are rows of one table
        work.id, work.reason = f"{now:{ID}}", reason
        return self._carry_out(work, now)

    def _work(self, choice: Choice) -> _Work:
        try:
            wanted = definitions(recorded.resources(self._stack, choice.target))
        except recorded.HistoryUnreadable as error:
            raise OutOfReach(
                f"what update {choice.target.number} recorded cannot be had: {error.message}",
                fix=f"eros rollback -s {self._stack.name} --to {choice.target.number} builds it from its commit",
            ) from None
        if not wanted:
            raise OutOfReach(f"update {choice.target.number} recorded no routine and no view", fix="name another one")
        now = definitions(self._stack.resources())
        shared = {urn: one for urn, one in wanted.items() if urn in now and now[urn].id == one.id}
        otherwise = {one.definition.urn: one.what for one in live_definitions.differences(shared.values())}
        left = [f"{wanted[urn].kind} {wanted[urn].name} is no longer declared" for urn in wanted.keys() - shared.keys()]
        put = []
        for urn in otherwise:
            if why := _cannot(shared[urn], now[urn], otherwise[urn]):
                left.append(f"{shared[urn].kind} {shared[urn].name} {why}")
            else:
                put.append(shared[urn])
        fixed = {one.urn for one in put}
        known = [urn for urn, one in shared.items() if urn in fixed or list(differs(one, body(now[urn])))]
        return _Work(choice, put, [urn for urn in known if urn in fixed or urn not in otherwise], sorted(left))

    def _show(self, work: _Work) -> None:
        target = work.choice.target
        self._say(f"routines and views of update {target.number}: tables, schedules and alerts stay as they are")
        for one in work.put:
            self._say(f"put back: {one.kind} {one.name}")
        if not work.put:
            self._say("all of them are as they were then" + (": only the record of it is missing" * bool(work.known)))
        for line in work.left:
            self._say(f"left as it is: {line} (a rollback of everything brings it back)")

    def _carry_out(self, work: _Work, started: datetime) -> Done:
        hands = self._open_hands()
        choice = work.choice
        message = routines_message(choice.current.number, choice.target.number, choice.target.commit, work.reason)
        hands.tell(Status.STARTED, self._details(work))
        taken_back = deployment_of(choice.current.message) or f"update {choice.current.number}"
        try:
            self._put(work.put, work.done)
            self._record(work, message)
            hands.opened(Opened(work.id, started, choice.target.commit, message, rollback_of=taken_back))
            others = [str(one) for one in live_definitions.differences(work.put)]
            verified = hands.verify(self._stack.root)
        except BaseException as error:
            self._failed(hands, work, error)
            raise
        return self._finish(hands, work, verified.without(WITH_ITS_FILES), others)

    def _put(self, wanted: Iterable[Definition], done: list[str]) -> None:
        for one in wanted:
            live_definitions.put(one)
            done.append(one.name)
        self._say(f"put back: {len(done)} objects")

    def _record(self, work: _Work, message: str) -> None:
        newest = [one for one in recorded.updates(self._stack) if one.kind == "update"][-1]
        if newest.number != work.choice.current.number:
            raise ErosError(
                f"update {newest.number} was made meanwhile: it may have changed again what was put back",
                fix=f"eros history -s {self._stack.name}, then run the command again",
            )
        targets = [word for urn in work.known for word in ("--target", urn)]
        arguments = ("--yes", "--skip-preview", "--suppress-outputs", "--message", message, *targets)
        if code := self._stack.deploys(arguments, UPDATE_FAILED, "refresh"):
            raise EngineFailed(
                f"put back, but the engine did not read it again (exit code {code})",
                UPDATE_FAILED,
                fix="run the command again: it finds what is done",
            )

    def _failed(self, hands: Hands, work: _Work, error: BaseException) -> None:
        said = " ".join(str(error).split()) or type(error).__name__
        missing = [one.name for one in work.put if one.name not in work.done]
        self._say(f"put back: {', '.join(work.done) or 'nothing'}; not yet: {', '.join(missing) or 'nothing'}")
        try:
            hands.closed(Closed(work.id, DeploymentResult.FAILED, datetime.now(UTC)))
            hands.tell(Status.FAILED, {**self._details(work), "error": said})
        except UserError as other:  # the first error is the one that counts
            self._say(f"not recorded: {other.message}")
        self._say(f"eros rollback --only routines -s {self._stack.name} goes on with it")

    def _finish(self, hands: Hands, work: _Work, verified: Verified, others: Sequence[str]) -> Done:
        for line in others:
            self._say(f"not as update {work.choice.target.number} recorded it: {line}")
        result = DeploymentResult.FAILED if others else DeploymentResult.SUCCEEDED
        hands.closed(Closed(work.id, result, datetime.now(UTC)))
        status = Status.FAILED if others else Status.SUCCEEDED
        hands.tell(status, {**self._details(work), "verified": str(verified)})
        # What failed before is not known: to ask first would have cost the seconds that this is for.
        self._say(f"verified: {verified}")
        self._say(rollback_report.warning(work.choice))
        if others:
            raise NotWell(
                f"not all routines and views of update {work.choice.target.number} are back: {'; '.join(others)}",
                fix=f"eros verify -s {self._stack.name}; eros rollback -s {self._stack.name} takes everything back",
            )
        return Done(0, {**self._document(work, rolled_back=True), "verified": str(verified)})

    def _document(self, work: _Work, *, rolled_back: bool) -> dict[str, Any]:
        return {
            "rolled_back": rolled_back,
            "only": "routines",
            "id": work.id,
            "stack": self._stack.name,
            "of": work.choice.current.number,
            "to": work.choice.target.number,
            "commit": work.choice.target.commit,
            "reason": work.reason,
            "skipped": list(work.choice.skipped),
            "put_back": [{"kind": one.kind, "name": one.name} for one in work.put],
            "left": work.left,
        }

    def _details(self, work: _Work) -> dict[str, str]:
        return {
            "id": work.id,
            "of": f"update {work.choice.current.number}",
            "to": f"update {work.choice.target.number}, routines and views only",
            "reason": work.reason,
            "objects": ", ".join(one.name for one in work.put)[:1_000],
        }


def _cannot(wanted: Definition, now: Definition, what: Sequence[str]) -> str:
    """Why an object cannot be put back in place, empty when it can."""
    if "is not there" in what:
        return "is not there"
    if wanted.kind != now.kind:
        return f"was a {wanted.kind} and is a {now.kind}"
    return "can only be made anew" if wanted.kind == "materialized view" else ""
