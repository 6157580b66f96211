"""What a restore did: for people before it, and as a file after it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from rich.console import Console

from operations import display, report_files
from operations.backup.backup_facts import Backup
from operations.project import OF_THIS_MACHINE
from operations.restore.journal import Journal
from operations.restore.table_restore import SNAPSHOT_DAYS, Look, TableRestore

NEXT = (
    "eros verify -s {stack}",
    "eros schedules -s {stack}: the schedules run again; watch their next runs, for two hours at least",
    "schedule one page by hand and look at what it selects",
    "write down what happened, and why the rows had to come back",
)


def show(console: Console, backup: Backup, looks: Mapping[str, Look]) -> None:
    """What the tables hold, what they would hold, and what would be lost."""
    rows = [
        (name, f"{look.rows:,}", f"{look.backup_rows:,}", f"{look.lost:,}" if look.lost else "")
        for name, look in looks.items()
    ]
    taken = display.both_zones(backup.taken)
    console.print(f"backup {backup.id} ({backup.origin.value}), the tables as of {taken}")
    console.print(display.table(("table", "rows now", "rows in backup", "not in backup, lost"), rows))
    for name, look in looks.items():
        for note in look.notes:
            console.print(f"{name}: {note}")
    lost = sum(look.lost for look in looks.values())
    if lost:
        console.print(f"{lost:,} rows of now are not in the backup and would be lost; a snapshot keeps them for a week")


def write(
    root: Path,
    stack: str,
    backup: Backup,
    journal: Journal,
    ways: Mapping[str, TableRestore],
    error: str,
    say: Callable[[str], None],
) -> Path:
    """Writes the report of a restore; its path, also where it could only be told."""
    path = root / OF_THIS_MACHINE / "reports" / f"restore-{journal.id}.md"
    report_files.keep(path, _lines(stack, backup, journal, ways, error), say)
    return path


def _lines(stack: str, backup: Backup, journal: Journal, ways: Mapping[str, TableRestore], error: str) -> Iterator[str]:
    yield from (f"# Restore {journal.id} of stack {stack}", "")
    facts = {
        "Status": f"failed: {error.splitlines()[0]}" if error else "succeeded",
        "Backup": f"{backup.id} ({backup.origin.value}), the tables as of {display.both_zones(backup.taken)}",
        "Started": journal.started,
        "By": journal.by,
        "Reason": journal.reason or "none given",
    }
    yield from (f"- {name}: {value}" for name, value in facts.items())
    yield from ("", "| table | rows before | rows restored | lost | state | before, as a snapshot |")
    yield "|---|---|---|---|---|---|"
    for name, state in journal.tables.items():
        done = "restored" if state.done else "as it was"
        kept = f"`{state.snapshot}`" if state.snapshot else ""
        yield f"| {name} | {state.rows_before:,} | {state.rows:,} | {state.lost:,} | {done} | {kept} |"
    notes = [f"- {name}: {note}" for name, way in ways.items() for note in way.notes]
    if notes:
        yield from ("", "## To know", *notes)
    snapshots = [state.snapshot for state in journal.tables.values() if state.snapshot]
    if snapshots:
        yield from ("", f"## Back to what was there (within {SNAPSHOT_DAYS} days)", "```sql")
        yield from (_undo(snapshot, journal.id) for snapshot in snapshots)
        yield "```"
    yield from ("", "## Next", *(f"- {step.format(stack=stack)}" for step in NEXT))


def _undo(snapshot: str, restore: str) -> str:
    table = snapshot.removesuffix(f"_before_{restore}")
    return (
        f"BEGIN TRANSACTION; DELETE FROM `{table}` WHERE TRUE;"
        f" INSERT INTO `{table}` SELECT * FROM `{snapshot}`; COMMIT TRANSACTION;"
    )
