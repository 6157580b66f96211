"""An erasure as tables for people and as values for programs. Programs get the name too: they asked for it."""

from __future__ import annotations

from typing import Any

from rich.console import Console

from operations import display
from operations.erasing.subject_tables import Held
from operations.erasing.taking_out import ErasureReport


def show(console: Console, report: ErasureReport, others_fix: str) -> None:
    """What is there, and what will still hold it."""
    held = [one for one in report.before.mine if one.rows]
    if held:
        rows = [(h.name, _count(h.deleted), _count(h.changed), ", ".join(h.columns)) for h in held]
        console.print(display.table(("table", "rows deleted", "rows kept without it", "found in"), rows))
    else:
        console.print(f"no table of the stack holds {report.subject}")
    for erasure in report.earlier:
        state = "erased" if erasure.is_done else "begun and not finished"
        console.print(f"{state}: {display.both_zones(erasure.started)}, {sum(erasure.rows.values()):,} rows")
    for one in report.before.others:
        if one.rows:
            console.print(
                f"{one.name}, which others fill, holds {one.rows:,} rows of it: {', '.join(one.columns)}; {others_fix}"
            )
    for one in (*report.before.mine, *report.before.others):
        for column, count in one.texts.items():
            console.print(f"{one.name}.{column}: {count:,} captions have the word; look whether they name the page")
        for column, count in one.strays.items():
            console.print(f"{one.name}.{column}: {count:,} rows have it, and no file says what the column holds")
    console.print("still holding it, and until when:")
    for holder in report.holders:
        console.print(f"- {holder}")


def as_json(report: ErasureReport) -> dict[str, Any]:
    """For programs."""
    return {
        "kind": report.subject.kind,
        "value": report.subject.value,
        "hash": report.subject.hash,
        "erased": report.is_done,
        "tables": {one.name: _table(one) for one in report.before.mine if one.rows or one.texts or one.strays},
        "others": {one.name: _table(one) for one in report.before.others if one.rows or one.texts or one.strays},
        "earlier": [{"started": e.started, "finished": e.is_done, "rows": dict(e.rows)} for e in report.earlier],
        "holders": [{"what": h.what, "until": h.until, "fix": h.fix} for h in report.holders],
    }


def _table(held: Held) -> dict[str, Any]:
    return {
        "deleted": held.deleted,
        "changed": held.changed,
        "columns": held.columns,
        "texts": held.texts,
        "undeclared": held.strays,
    }


def _count(count: int) -> str:
    return f"{count:,}" if count else ""
