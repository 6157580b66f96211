"""The order of an erasure: look, ask, write the intent, stand still, erase table by table, prove by reading.

Each table's statements are whole or not at all and ask for what is there, so that an erasure that was killed anywhere
is finished by the same command; one that finds nothing says so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime

from operations import display
from operations.erasing.hindrances import Hindrances
from operations.erasing.holders import Holder
from operations.erasing.stillness import Still
from operations.erasing.subject import ErasureSubject
from operations.erasing.subject_tables import Held, SubjectTable
from operations.erasing.tombstones import Tombstone, Tombstones
from operations.errors import VERIFICATION_FAILED, NotConfirmed
from settings.errors import ErosError

AT_ONCE = 4


class NotErased(ErosError):
    """Something of it was found afterwards."""

    exit_code = VERIFICATION_FAILED


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """What the tables hold: `mine` are erased from, `others` are only read."""

    mine: Sequence[Held]
    others: Sequence[Held]

    @property
    def rows(self) -> Mapping[str, int]:
        """Rows to erase, by table."""
        return {held.name: held.rows for held in self.mine if held.rows}

    @property
    def strays(self) -> list[str]:
        """Columns that nobody declared, with rows in them."""
        return [f"{held.name}.{column}" for held in self.mine for column in held.strays]


@dataclass(frozen=True, slots=True)
class ErasureReport:
    """What there was before, and who holds it still. `is_done` once it is erased and proven, also by an earlier run."""

    subject: ErasureSubject
    before: Whereabouts
    holders: Sequence[Holder]
    earlier: Sequence[Tombstone]
    is_done: bool = False


@dataclass(frozen=True, slots=True)
class Erasing:
    """Erasures of one stack. `mine`, `others`: its tables and those that somebody else fills."""

    mine: Sequence[SubjectTable]
    others: Sequence[SubjectTable]
    tombstones: Tombstones
    hindrances: Hindrances
    still: Still
    holders: Callable[[ErasureSubject, datetime], Sequence[Holder]]
    show: Callable[[ErasureReport], None]
    say: Callable[[str], None]
    confirm: Callable[[str], str]
    now: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))

    def run(self, subject: ErasureSubject, *, yes: bool = False, dry_run: bool = False) -> ErasureReport:
        """Errors: Busy, NotConfirmed (nothing was changed), NotErased, CloudError."""
        if not dry_run:
            self.hindrances.check()
        earlier = self.tombstones.of(subject)
        under_way = next((one for one in earlier if not one.is_done), None)
        subject = subject.known_as(under_way.token if under_way else "", self._keys(subject))
        before = self.survey(subject)
        report = ErasureReport(subject, before, self.holders(subject, self.now()), earlier)
        self.show(report)
        if dry_run:
            return report
        if not before.rows and not before.strays and not under_way:
            self._release()
            return ErasureReport(subject, before, report.holders, earlier, is_done=bool(earlier))
        self._agree(subject, yes=yes)
        self._carry_out(subject, before, under_way)
        return ErasureReport(subject, before, report.holders, earlier, is_done=True)

    def survey(self, subject: ErasureSubject) -> Whereabouts:
        """Counts by reading. Errors: CloudError."""
        with ThreadPoolExecutor(AT_ONCE) as pool:
            mine = list(pool.map(lambda table: table.held(subject), self.mine))
            others = list(pool.map(lambda table: table.held(subject), self.others))
        return Whereabouts(mine, others)

    def _keys(self, subject: ErasureSubject) -> tuple[str, ...]:
        if subject.kind != "caption":
            return ()
        with ThreadPoolExecutor(AT_ONCE) as pool:
            found = pool.map(lambda table: table.keys(subject), [*self.mine, *self.others])
        return tuple(sorted({key for keys in found for key in keys}))

    def _agree(self, subject: ErasureSubject, *, yes: bool) -> None:
        if yes:
            return
        try:
            typed = self.confirm(f"type {subject.value!r} to erase it, anything else to leave all as it is: ")
        except EOFError:
            typed = ""
        if typed.strip() != subject.value:
            raise NotConfirmed("nothing was changed", fix=f"type {subject.value} to erase it, or agree with --yes")

    def _carry_out(self, subject: ErasureSubject, before: Whereabouts, under_way: Tombstone | None) -> None:
        found = {**before.rows, **(under_way.rows if under_way else {})}
        with self.still.while_erasing():
            self.hindrances.check_again()
            if not under_way:
                self.tombstones.begin(subject, found)
            wanted = [table for table in self.mine if table.name in before.rows]
            with display.progress("erasing", len(wanted)) as advance:
                for table in sorted(wanted, key=lambda table: (table.tells_texts, table.name)):
                    advance(f"{table.name}: {table.erase(subject):,} rows")
            self._prove(subject)
            self.tombstones.end(subject, found)

    def _prove(self, subject: ErasureSubject) -> None:
        after = self.survey(subject)
        if after.rows:
            left = ", ".join(f"{name} ({count:,} rows)" for name, count in after.rows.items())
            fix = "somebody writes to them: stop that, then run the command again"
            raise NotErased(f"{subject} is still in {left}", fix=fix)
        if strays := after.strays:
            raise NotErased(
                f"{subject} is gone from every declared column, and found in {', '.join(strays)}",
                fix="say above the column in sql/tables what it holds (--@ words, replace), or that it holds nothing"
                " (--@ none because REASON), then run the command again; of a column that no file declares, ask who"
                " added it",
            )

    def _release(self) -> None:
        if started := self.still.release():
            self.say(f"schedules that an interrupted erasure had stopped run again: {', '.join(started)}")
