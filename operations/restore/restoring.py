"""`eros restore`: the whole way from a backup to its rows in the tables, and the way on after an interruption."""

from __future__ import annotations

import getpass
import socket
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from google.cloud import bigquery

from operations import display
from operations.backup import staging
from operations.backup.backup_facts import Backup
from operations.backup.shelf import Shelf
from operations.backup.writing import check_names
from operations.erasing.forgetting import Forgetting
from operations.errors import CloudError, NotConfirmed
from operations.notify import Status, notify
from operations.restore import restore_report
from operations.restore.journal import Journal, JournalFile, TableState
from operations.restore.standstill import Standstill
from operations.restore.table_restore import Look, TableRestore, scratch
from outputs import StackOutputs
from settings.errors import ErosError

AT_ONCE = 4
ID = "%Y%m%d_%H%M%S"
WORD = "restore"
OF_NOW = frozenset({"schedule_pauses"})
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Ask:
    """What the operator wants. `wanted` is a backup's id or `latest`, empty to go on with what was interrupted."""

    wanted: str
    tables: Sequence[str]
    leave: Sequence[str]
    reason: str
    yes: bool


@dataclass(frozen=True, slots=True)
class Place:
    """Where the rows go: project.dataset.name by logical name; `own` for the stack's own tables, `to` elsewhere."""

    targets: Callable[[str], str]
    own: bool


class Restore:
    """One restore of one stack."""

    def __init__(
        self,
        client: bigquery.Client,
        shelf: Shelf,
        stack: str,
        root: Path,
        outputs: StackOutputs,
        place: Place,
        schedules: Standstill,
        forgetting: Forgetting,
        say: Say,
        prompt: Callable[[str], str],
    ) -> None:
        self._client, self._shelf, self._stack, self._root = client, shelf, stack, root
        self._outputs, self._place, self._schedules, self._forgetting = outputs, place, schedules, forgetting
        self._say, self._prompt = say, prompt
        self._file = JournalFile(root, stack if place.own else f"{stack}-elsewhere")

    def run(self, ask: Ask) -> Path | None:
        """Restores; the report's path. None when the operator did not agree: nothing was changed.

        Errors: BackupUnusable, RowsDiffer, NotConfirmed, CloudError.
        """
        before = self._file.read()
        backup, names, journal = self._chosen(ask, before)
        ways = self._ways(backup, names, journal)
        try:
            looks = self._stage(ways)
            self._forget(backup, ways)
            for name, state in journal.tables.items():
                if not state.done and before is None:
                    state.before, state.lost = looks[name].checksum, looks[name].lost
                    state.rows_before, state.rows = looks[name].rows, looks[name].backup_rows
            if before is None:
                restore_report.show(display.console(error=True), backup, looks)
                if not self._agreed(ask, sum(look.lost for look in looks.values()), journal):
                    return None
            self._file.write(journal)
            return self._carry_out(ask, backup, journal, ways)
        finally:
            self._clean(journal)

    def abandon(self) -> None:
        """Gives up what was interrupted: schedules run again, the tables stay as they are. Errors: ErosError."""
        journal = self._file.read()
        if journal is None:
            raise ErosError(
                f"no restore of stack {self._stack} is under way on this machine", fix="eros restore latest"
            )
        for name, state in journal.tables.items():
            what = f"restored; what it held is in {state.snapshot}" if state.done else "as it was"
            self._say(f"{name}: {what}")
        self._start(journal)
        self._file.remove()

    def _chosen(self, ask: Ask, before: Journal | None) -> tuple[Backup, list[str], Journal]:
        if before:
            self._refuse_another(ask, before)
            done = sum(state.done for state in before.tables.values())
            self._say(
                f"going on with restore {before.id} of backup {before.backup}, begun by {before.by}:"
                f" {done} of {len(before.tables)} tables are restored"
            )
            backup = self._shelf.get(before.backup)
            return backup, [name for name, state in before.tables.items() if not state.done], before
        backup = self._shelf.get(ask.wanted or "latest")
        check_names(ask.tables, backup.tables.keys())
        names = list(ask.tables) or self._usual(backup)
        now = datetime.now(UTC)
        return (
            backup,
            names,
            Journal(
                id=f"{now:{ID}}",
                backup=backup.id,
                started=now.isoformat(timespec="seconds"),
                by=f"{getpass.getuser()}@{socket.gethostname()}",
                reason=ask.reason,
                leave=list(ask.leave),
                tables={name: TableState() for name in names},
            ),
        )

    def _usual(self, backup: Backup) -> list[str]:
        """What is restored unless tables are named: what is declared, but not what is true of now alone."""
        declared = {*self._outputs.tables, *self._outputs.sources}
        names = [name for name in backup.tables if name in declared - OF_NOW]
        for name in sorted(backup.tables.keys() - names):
            why = "says what stands still now" if name in OF_NOW else "is not declared any more"
            self._say(f"left out: {name} {why} (--tables takes it)")
        return names

    def _refuse_another(self, ask: Ask, journal: Journal) -> None:
        same = ask.wanted in ("", journal.backup) and set(ask.tables) <= journal.tables.keys()
        if not same:
            raise ErosError(
                f"restore {journal.id} of backup {journal.backup} is not finished",
                fix=f"eros restore -s {self._stack} goes on with it, with --abandon it gives it up",
            )

    def _ways(self, backup: Backup, names: Iterable[str], journal: Journal) -> dict[str, TableRestore]:
        for name in names:
            self._shelf.check_files(backup, backup.tables[name])
        return {
            name: TableRestore(self._client, backup.tables[name], self._place.targets(name), journal.id, journal.leave)
            for name in names
        }

    def _stage(self, ways: Mapping[str, TableRestore]) -> dict[str, Look]:
        """Loads and compares all tables before any is changed."""

        def look(name: str) -> Look:
            ways[name].stage()
            return ways[name].look()

        with display.progress("loading and comparing", len(ways)) as advance, ThreadPoolExecutor(AT_ONCE) as pool:
            waiting = {name: pool.submit(look, name) for name in ways}
            looks = {}
            for name, one in waiting.items():
                looks[name] = one.result()
                advance(f"{name}: {looks[name].backup_rows:,} rows")
            return looks

    def _forget(self, backup: Backup, names: Iterable[str]) -> None:
        loaded = {name: scratch(self._place.targets(name)) for name in names}
        if count := self._forgetting.find(backup.taken, loaded):
            self._say(f"{count} pages or captions were erased since this backup: their data is left out")

    def _agreed(self, ask: Ask, lost: int, journal: Journal) -> bool:
        if ask.yes:
            return True
        word = f"lose {lost} rows" if lost else WORD
        try:
            typed = self._prompt(f"type {word!r} to go on, anything else to leave all as it is: ")
            if typed.strip() != word:
                self._say("cancelled: nothing was changed")
                return False
            journal.reason = journal.reason or self._prompt("reason, for the report: ").strip()
        except EOFError:
            raise NotConfirmed("nothing was changed: nobody is here to agree", fix="--yes agrees beforehand") from None
        return True

    def _carry_out(self, ask: Ask, backup: Backup, journal: Journal, ways: Mapping[str, TableRestore]) -> Path:
        self._notify(Status.STARTED, journal, {})
        try:
            with self._standing_still(journal) if self._place.own else nullcontext():
                self._prepare(ways, journal)
                for name, way in ways.items():
                    self._exchange(ask, way, journal, name)
        except BaseException as error:
            said = str(error) or type(error).__name__
            path = restore_report.write(self._root, self._stack, backup, journal, ways, said, self._say)
            self._notify(Status.FAILED, journal, {"report": str(path), "error": str(error)})
            self._say(f"eros restore -s {self._stack} goes on with it")
            raise
        path = restore_report.write(self._root, self._stack, backup, journal, ways, "", self._say)
        self._file.remove()
        self._notify(Status.SUCCEEDED, journal, {"report": str(path)})
        return path

    @contextmanager
    def _standing_still(self, journal: Journal) -> Iterator[None]:
        journal.stopped = sorted({*journal.stopped, *self._schedules.running()})
        self._file.write(journal)
        try:
            self._schedules.stop(journal.stopped, journal.why)
            yield
        finally:
            self._start(journal)

    def _start(self, journal: Journal) -> None:
        started = self._schedules.start(journal.stopped)
        self._say(f"schedules run again: {', '.join(started) or 'none was enabled'}")

    def _prepare(self, ways: Mapping[str, TableRestore], journal: Journal) -> None:
        """What the tables are to hold, before any of them changes."""
        now = datetime.fromisoformat(journal.started) if self._place.own else None
        for way in ways.values():
            way.prepare(now, self._forgetting.clean)

    def _exchange(self, ask: Ask, way: TableRestore, journal: Journal, name: str) -> None:
        state = journal.tables[name]
        now = way.checksum()
        if not way.is_done():
            if now != state.before and (lost := way.lost()) > state.lost:
                self._refuse_more(ask, name, lost, state)
            state.before, state.snapshot = now, way.keep()
            self._file.write(journal)
            way.exchange(now)
        state.done = True
        self._file.write(journal)
        self._say(f"{name}: restored")

    def _refuse_more(self, ask: Ask, name: str, lost: int, state: TableState) -> None:
        """More rows would be lost than was agreed to."""
        if ask.yes:
            return
        word = f"lose {lost} rows"
        text = f"{name} was written to: {lost:,} rows would be lost now, not {state.lost:,}; type {word!r} to go on: "
        try:
            typed = self._prompt(text)
        except EOFError:
            typed = ""
        if typed.strip() != word:
            raise NotConfirmed(f"{name} is as it was, and so is what comes after it", fix="run the command again")

    def _clean(self, journal: Journal) -> None:
        """Drops the scratch tables, also of tables that an interrupted run has finished."""
        for name in journal.tables:
            try:
                staging.drop(self._client, scratch(self._place.targets(name)))
            except CloudError as error:
                self._say(f"a scratch table is left, for a day at most: {error.message}")

    def _notify(self, status: Status, journal: Journal, details: Mapping[str, str]) -> None:
        said = {"id": journal.id, "backup": journal.backup, "by": journal.by, "reason": journal.reason}
        said |= {"tables": ", ".join(journal.tables), **details}
        notify(self._outputs.project, self._stack, "restore", status, said, self._say)
