"""What a rollback did: a file for people (rollback_report.md), and values for programs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from operations.project import OF_THIS_MACHINE
from operations.releases.figures import Figures
from operations.rollback.choosing import Choice
from operations.rollback.rollback_journal import RollbackJournal

NAME = "rollback_report.md"
NEXT = (
    "eros verify -s {stack}, and eros health -s {stack}",
    "eros schedules -s {stack}: watch their next runs, for two hours at least",
    "schedule one page by hand and look at what it selects",
    "write down what happened, and why",
)
IN_GIT = "take the change back in git, too: the next deployment of that branch would bring it again"
FIGURES = {
    "cost_usd_per_day": "cost, US dollars a day",
    "p50_seconds": "median of a statement, seconds",
    "p95_seconds": "95th percentile, seconds",
    "error_rate": "share of failed statements",
    "health_score": "health score",
    "avg_emv": "mean EMV, US dollars",
}


@dataclass(frozen=True, slots=True)
class RollbackFacts:
    """What is told; `error` is empty unless it did not come to its end."""

    choice: Choice
    journal: RollbackJournal
    ended: datetime | None = None
    error: str = ""
    before: Figures | None = None
    after: Figures | None = None
    verified: str = ""
    rows: Mapping[str, int] = field(default_factory=dict)
    is_well: bool = False
    others: Sequence[str] = ()

    @property
    def status(self) -> str:
        if self.error:
            return "not finished"
        return "succeeded" if self.is_well else "done, and not all is well"


def warning(choice: Choice) -> str:
    """What is said after every rollback."""
    current = choice.current
    if choice.is_same:
        return f"this is the program of update {choice.target.number}, as before: no deployment undoes it"
    named = f" ({current.commit[:12]})" if current.commit else ""
    return (
        f"warning: the next deployment from git brings update {current.number}{named} back\n"
        "  fix: revert it there, before anything is merged or deployed"
    )


def path(root: Path, facts: RollbackFacts) -> Path:
    """Where the report lies."""
    return root / OF_THIS_MACHINE / "reports" / f"rollback-{facts.journal.id}" / NAME


def lines(stack: str, facts: RollbackFacts) -> Iterator[str]:
    """The report."""
    journal, choice = facts.journal, facts.choice
    yield from (f"# Rollback {journal.id} of stack {stack}", "")
    told = {
        "Status": f"{facts.status}{': ' * bool(facts.error)}{facts.error}",
        "From": f"update {journal.of}, commit {choice.current.commit[:12] or 'unknown'}",
        "To": f"update {journal.to}, commit {journal.commit[:12]}, its configuration {choice.target.digest}",
        "Started": journal.started,
        "Ended": facts.ended.isoformat(timespec="seconds") if facts.ended else "",
        "By": journal.by,
        "Reason": journal.reason or "none given",
        "Backup before it": journal.backup,
        "Data": f"restored from backup {journal.with_data}" if journal.is_restored else "left as it is",
        "Schedules stopped meanwhile": ", ".join(journal.stopped),
        "Checks before": journal.verified_before,
        "Checks after": facts.verified,
        "Routines, views and schedules": "" if facts.others or facts.error else "live as the program of then has them",
    }
    yield from (f"- {name}: {value}" for name, value in told.items() if value)
    yield from _list("Passed over", choice.skipped)
    yield from _list("Kept although the older program does not have it, or back and empty", journal.notes)
    yield from _list("Live, and not as the program of then has it", facts.others)
    yield from _done(journal)
    yield from _figures(facts)
    yield from _rows(facts)
    steps = [step.format(stack=stack) for step in NEXT]
    if not choice.is_same:
        steps.insert(-1, IN_GIT)
    if facts.error:
        steps.insert(0, f"eros rollback -s {stack} goes on with it, with --abandon it gives it up")
    yield from _list("Next", steps)


def as_json(facts: RollbackFacts, stack: str) -> dict[str, Any]:
    """For programs."""
    journal = facts.journal
    return {
        "rolled_back": journal.is_updated,
        "id": journal.id,
        "stack": stack,
        "of": journal.of,
        "to": journal.to,
        "commit": journal.commit,
        "reason": journal.reason,
        "backup": journal.backup,
        "skipped": list(facts.choice.skipped),
        "data": journal.notes,
        "verified": facts.verified,
        "live_otherwise": list(facts.others),
        "before": asdict(facts.before) if facts.before else None,
        "after": asdict(facts.after) if facts.after else None,
    }


def _list(title: str, entries: Any) -> Iterator[str]:
    if entries:
        yield from ("", f"## {title}", *(f"- {entry}" for entry in entries))


def _done(journal: RollbackJournal) -> Iterator[str]:
    steps = {
        "tables backed up": bool(journal.backup),
        "program and configuration of then deployed": journal.is_updated,
    }
    if journal.with_data:
        steps["rows restored"] = journal.is_restored
    yield from _list("Steps", [f"{name}: {'done' if done else 'not done'}" for name, done in steps.items()])


def _figures(facts: RollbackFacts) -> Iterator[str]:
    if facts.before is None or facts.after is None:
        return
    yield from ("", "## Figures", "", "| | before | after |", "|---|---|---|")
    for name, title in FIGURES.items():
        values = (getattr(facts.before, name), getattr(facts.after, name))
        shown = ("not known" if value is None else f"{value:,.6g}" for value in values)
        yield f"| {title} | {' | '.join(shown)} |"


def _rows(facts: RollbackFacts) -> Iterator[str]:
    if not facts.rows:
        return
    yield from ("", "## Rows", "", "| table | before | after |", "|---|---|---|")
    for name, before in facts.journal.rows.items():
        yield f"| {name} | {before:,} | {facts.rows.get(name, 0):,} |"
