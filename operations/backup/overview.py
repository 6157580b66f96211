"""Backups as tables for people and as values for programs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

from operations import display
from operations.backup.backup_facts import Backup
from operations.backup.shelf import Entry


def listed(entries: Sequence[Entry]) -> Table:
    """A row a backup; what cannot be used says why."""
    rows = [(entry.id, *_cells(entry)) for entry in entries]
    return display.table(("backup", "by", "tables", "rows", "MB", "state"), rows)


def _cells(entry: Entry) -> tuple[str, ...]:
    if entry.backup is None:
        return ("", "", "", "", entry.problem)
    found = entry.backup
    megabytes = f"{found.bytes / 1e6:,.1f}" if found.bytes else ""
    return (found.origin.value, str(len(found.tables)), f"{found.rows:,}", megabytes, "whole")


def entry_json(entry: Entry) -> dict[str, Any]:
    """For programs."""
    if entry.backup is None:
        return {"id": entry.id, "usable": False, "problem": entry.problem}
    return {"usable": True, **as_json(entry.backup)}


def as_json(backup: Backup) -> dict[str, Any]:
    """For programs."""
    return {
        "id": backup.id,
        "by": backup.origin.value,
        "taken": backup.taken,
        "stack": backup.stack,
        "rows": backup.rows,
        "bytes": backup.bytes,
        "tables": {table.name: {"rows": table.rows, "checksum": table.checksum} for table in backup.tables.values()},
    }


def show(console: Console, backup: Backup) -> None:
    """The tables of a backup that was just made."""
    rows = [
        (table.name, f"{table.rows:,}", f"{sum(file.size for file in table.files):,}", len(table.files))
        for table in backup.tables.values()
    ]
    console.print(display.table(("table", "rows", "bytes", "files"), rows))
