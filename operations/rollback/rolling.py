"""`eros rollback`: the whole way from a recorded update to its program deployed again, and on after an interruption.

The journal is written before anything changes, and each step is one that can be done twice: whoever runs the command
again goes on where it ended. Schedules run again whatever happens; what was written meanwhile stays.
"""

from __future__ import annotations

import dataclasses
import getpass
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from operations import report_files
from operations.errors import EngineFailed
from operations.history import recorded
from operations.history.updates import rollback_message
from operations.notify import Status
from operations.releases.deployments import ID, Closed, DeploymentResult, Opened, deployment_of
from operations.releases.figures import Figures
from operations.releases.stack_hands import Hands
from operations.review.previewed import Plan
from operations.rollback import building, guard, rollback_report
from operations.rollback.asking import UPDATE_FAILED, Done, NotWell, RollbackAsk, agreed
from operations.rollback.choosing import Choice, choose, is_program_of
from operations.rollback.rollback_journal import RollbackFile, RollbackJournal
from operations.stack import Stack
from plain_command.errors import UserError
from settings.errors import ErosError

TIMETABLE = "d2"
BEFORE = timedelta(hours=1)
"""Of which time the figures before are."""
Say = Callable[[str], None]


class Rollback:
    """One rollback of one stack. `hands` is asked for when the first thing is to be done."""

    def __init__(
        self, stack: Stack, hands: Callable[[], Hands], say: Say, prompt: Callable[[str], str]
    ) -> None:  # fmt: skip
        self._stack, self._open_hands, self._say, self._prompt = stack, hands, say, prompt
        self._file = RollbackFile(stack.root, stack.name)

    def run(self, ask: RollbackAsk) -> Done:
        """Rolls back, or goes on with one that was interrupted.

        Errors: OutOfReach, NotConfirmed before anything changes; EngineFailed, CloudError, NotWell with a report.
        """
        updates = recorded.updates(self._stack)
        journal = self._file.read()
        if journal:
            self._refuse_another(ask, journal)
            self._say(f"going on with rollback {journal.id} to update {journal.to}, begun by {journal.by}")
            of, to = (recorded.update_at(number, updates, self._stack.name) for number in (journal.of, journal.to))
            choice = Choice(of, to, (), is_same=not to.is_dirty and is_program_of(to, of, updates))
        else:
            choice = choose(updates, ask.to, self._stack.name, needs_commit=False)
            if choice.is_same and updates[-1] == choice.current and not ask.with_data:
                return self._nothing(choice)
            choice = choose(updates, ask.to, self._stack.name)
            self._announce(choice)
        folder, notes = building.build(self._stack.root, self._stack.name, choice.target, choice.current, self._say)
        try:
            return self._decide(ask, choice, folder, notes, journal)
        finally:
            building.remove(self._stack.root, f"rollback-{self._stack.name}")

    def abandon(self) -> None:
        """Gives up what was interrupted: schedules run again, all else stays as it is. Errors: ErosError."""
        journal = self._file.read()
        if journal is None:
            raise ErosError(f"no rollback of stack {self._stack.name} is under way on this machine", fix="eros history")
        self._say(f"the program of update {journal.to if journal.is_updated else journal.of} is deployed, or a part")
        self._start(self._open_hands(), journal)
        building.remove(self._stack.root, f"rollback-{self._stack.name}")
        self._file.remove()

    def _nothing(self, choice: Choice) -> Done:
        number = choice.target.number
        building.remove(self._stack.root, f"rollback-{self._stack.name}")  # one that was killed when all was done
        self._say(
            f"update {number} is what is deployed: nothing changes\n"
            f"  what was edited by hand since: eros rollback --only routines --to {number} -s {self._stack.name}"
        )
        return Done(
            0, {"rolled_back": False, "why": "it is what is deployed", "of": choice.current.number, "to": number}
        )

    def _announce(self, choice: Choice) -> None:
        for line in choice.skipped:
            self._say(f"passed over: {line}")
        target, current = choice.target, choice.current
        self._say(
            f"back from update {current.number} ({current.commit[:12] or 'no commit'}, {current.result}) to update"
            f" {target.number} ({target.commit[:12]}: {(target.message.splitlines() or [''])[0][:80]})"
        )

    def _decide(
        self, ask: RollbackAsk, choice: Choice, folder: Path, notes: tuple[str, ...], journal: RollbackJournal | None
    ) -> Done:  # fmt: skip
        target = dataclasses.replace(self._stack, root=folder)
        if journal is None or not journal.is_updated:
            plan = Plan.read(target.previewed())
            guard.check(plan, choice.target.number)
            self._show(plan, notes)
            if ask.dry_run:
                return Done(0, self._planned(choice, plan, notes))
        if journal is None:
            reason = agreed(ask, self._prompt, self._say)
            if reason is None:
                return Done(0, {"rolled_back": False, "why": "not agreed"})
            journal = self._begin(ask, choice, reason, notes)
        return self._carry_out(choice, journal, target)

    def _show(self, plan: Plan, notes: tuple[str, ...]) -> None:
        for line in guard.summary(plan):
            self._say(line)
        for note in notes:
            self._say(f"data: {note}")

    def _planned(self, choice: Choice, plan: Plan, notes: tuple[str, ...]) -> dict[str, Any]:
        steps = [{"op": step.op, "kind": step.kind, "name": step.name} for step in plan.steps]
        return {
            "rolled_back": False,
            "of": choice.current.number,
            "to": choice.target.number,
            "commit": choice.target.commit,
            "skipped": list(choice.skipped),
            "changes": guard.counts(plan),
            "steps": steps,
            "data": list(notes),
        }

    def _begin(self, ask: RollbackAsk, choice: Choice, reason: str, notes: tuple[str, ...]) -> RollbackJournal:
        now = datetime.now(UTC)
        if f"{now:{ID}}" == deployment_of(choice.current.message):
            now += timedelta(seconds=1)  # both are rows of one table
        journal = RollbackJournal(
            id=f"{now:{ID}}",
            of=choice.current.number,
            to=choice.target.number,
            commit=choice.target.commit,
            started=now.isoformat(timespec="seconds"),
            by=f"{getpass.getuser()}@{socket.gethostname()}",
            reason=reason,
            with_data=ask.with_data,
            notes=list(notes),
            verified_before=ask.verified_before,
            failed_before=list(ask.failed_before),
        )
        self._file.write(journal)
        return journal

    def _refuse_another(self, ask: RollbackAsk, journal: RollbackJournal) -> None:
        if ask.to not in ("", str(journal.to)) and not (len(ask.to) >= 7 and journal.commit.startswith(ask.to)):
            raise ErosError(
                f"rollback {journal.id} to update {journal.to} is not finished",
                fix=f"eros rollback -s {self._stack.name} goes on with it, with --abandon it gives it up",
            )

    def _carry_out(self, choice: Choice, journal: RollbackJournal, target: Stack) -> Done:
        hands = self._open_hands()
        started = datetime.fromisoformat(journal.started)
        hands.tell(Status.STARTED, self._details(journal))
        before = hands.figures(started - BEFORE, started)
        taken_back = deployment_of(choice.current.message) or f"update {choice.current.number}"
        message = rollback_message(journal.of, journal.to, journal.commit, journal.reason)
        hands.opened(Opened(journal.id, started, journal.commit, message, rollback_of=taken_back))
        try:
            self._save_data(hands, journal)
            with self._standing_still(hands, journal):
                self._update(hands, choice, journal, target, message)
                self._restore(hands, journal)
                verified = hands.verify(target.root)
            if any(name.startswith(TIMETABLE) for name in verified.failed):
                # It asks when each schedule will run: what stands still has no answer.
                verified = verified.without(TIMETABLE).and_also(hands.verify(target.root, (TIMETABLE,)))
        except BaseException as error:
            self._failed(hands, choice, journal, error, before)
            raise
        return self._finish(hands, choice, journal, before, verified)

    def _save_data(self, hands: Hands, journal: RollbackJournal) -> None:
        if not journal.backup:
            self._say("backing up all tables")
            journal.backup, journal.rows = hands.backup()
            self._say(f"backup {journal.backup}: {len(journal.rows)} tables")
            self._file.write(journal)
        if not journal.verified_before and not journal.is_updated:
            found = hands.verify(self._stack.root)
            journal.verified_before, journal.failed_before = str(found), list(found.failed)
        self._file.write(journal)

    @contextmanager
    def _standing_still(self, hands: Hands, journal: RollbackJournal) -> Iterator[None]:
        journal.stopped = sorted({*journal.stopped, *hands.running()})
        self._file.write(journal)
        try:
            hands.stop(journal.stopped, f"rollback {journal.id} to update {journal.to}")
            yield
        finally:
            self._start(hands, journal)

    def _start(self, hands: Hands, journal: RollbackJournal) -> None:
        try:
            started = hands.start(journal.stopped)
        except UserError as error:
            self._say(f"schedules are still stopped: {error.message}\n  fix: eros resume -s {self._stack.name}")
            return
        self._say(f"schedules run again: {', '.join(started) or 'none was enabled'}")

    def _update(self, hands: Hands, choice: Choice, journal: RollbackJournal, target: Stack, message: str) -> None:
        """The update itself, once: one whose end nobody saw is found in the history."""
        if not journal.is_updated and not self._is_recorded(choice):
            arguments = ("--yes", "--skip-preview", "--suppress-outputs", "--message", message)
            code = target.deploys(arguments, UPDATE_FAILED)
            if code:
                raise EngineFailed(f"the update to the program of update {journal.to} failed", UPDATE_FAILED)
        journal.is_updated = True
        self._file.write(journal)
        # Where the update has enabled a schedule, it is stopped until the checks have passed.
        hands.stop(journal.stopped, f"rollback {journal.id} to update {journal.to}")

    def _is_recorded(self, choice: Choice) -> bool:
        """Whether this rollback's update has succeeded. Errors: StackBusy when somebody else deployed meanwhile."""
        newer = [one for one in recorded.updates(self._stack) if one.number > choice.current.number]
        own = [one for one in newer if one.mark and (one.mark.of, one.mark.to) == _ends(choice)]
        others = [one for one in newer if one.kind == "update" and one not in own]
        if others:
            raise ErosError(
                f"update {others[-1].number} was made meanwhile: this rollback was of update {choice.current.number}",
                fix=f"eros rollback --abandon -s {self._stack.name}, then look at eros history and decide anew",
            )
        return any(one.is_good for one in own)

    def _restore(self, hands: Hands, journal: RollbackJournal) -> None:
        if journal.with_data and not journal.is_restored:
            hands.restore(journal.with_data, f"rollback {journal.id}: {journal.reason}")
            journal.is_restored = True
            self._file.write(journal)

    def _failed(
        self, hands: Hands, choice: Choice, journal: RollbackJournal, error: BaseException, before: Figures
    ) -> None:  # fmt: skip
        said = " ".join(str(error).split()) or type(error).__name__
        path = self._write(rollback_report.RollbackFacts(choice, journal, error=said, before=before))
        ended = datetime.now(UTC)
        try:
            report = str(path or "")
            hands.closed(Closed(journal.id, DeploymentResult.FAILED, ended, journal.backup, report, before))
            hands.tell(Status.FAILED, {**self._details(journal), "error": said, "report": report})
        except UserError as other:  # the first error is the one that counts
            self._say(f"not recorded: {other.message}")
        self._say(f"eros rollback -s {self._stack.name} goes on with it; --abandon gives it up")

    def _finish(self, hands: Hands, choice: Choice, journal: RollbackJournal, before: Figures, verified: Any) -> Done:
        ended = datetime.now(UTC)
        after = hands.figures(datetime.fromisoformat(journal.started), ended)
        others, paused = _compared(hands, journal)
        is_well = not others and not verified.error and set(verified.failed) <= set(journal.failed_before)
        facts = rollback_report.RollbackFacts(
            choice,
            journal,
            ended=ended,
            before=before,
            after=after,
            verified=str(verified),
            rows=hands.rows(journal.rows),
            is_well=is_well,
            others=(*others, *(f"{line}, as before" for line in paused)),
        )
        path = self._write(facts)
        report = str(path or "")
        result = DeploymentResult.SUCCEEDED if is_well else DeploymentResult.FAILED
        hands.closed(Closed(journal.id, result, ended, journal.backup, report, before, after))
        status = Status.SUCCEEDED if is_well else Status.FAILED
        hands.tell(status, {**self._details(journal), "verified": str(verified), "report": report})
        self._file.remove()
        for line in facts.others:
            self._say(f"live, and not as the program of then has it: {line}")
        if is_well and verified.failed:
            self._say(f"they failed before, too: {verified}")
        self._say(rollback_report.warning(choice))
        if not is_well:
            raise NotWell(
                f"the program of update {journal.to} is deployed again, but {'; '.join((*others, str(verified)))}",
                fix=f"eros verify -s {self._stack.name}; data as it was before: eros restore {journal.backup}",
            )
        return Done(0, rollback_report.as_json(facts, self._stack.name), path)

    def _write(self, facts: rollback_report.RollbackFacts) -> Path | None:
        """The report's path; where no file can be written it goes to the terminal."""
        path = rollback_report.path(self._stack.root, facts)
        return report_files.keep(path, rollback_report.lines(self._stack.name, facts), self._say)

    def _details(self, journal: RollbackJournal) -> dict[str, str]:
        return {
            "id": journal.id,
            "of": f"update {journal.of}",
            "to": f"update {journal.to} ({journal.commit[:12]})",
            "by": journal.by,
            "reason": journal.reason,
            "backup": journal.backup,
        }


def _ends(choice: Choice) -> tuple[int, int]:
    return choice.current.number, choice.target.number


def _compared(hands: Hands, journal: RollbackJournal) -> tuple[list[str], list[str]]:
    """What is live and not as the program of then has it, now that schedules run; and what was so before."""
    try:
        return hands.compared(journal.stopped)
    except UserError as error:
        return [f"what is live cannot be compared: {error.message}"], []
