"""The history as tables for people and as values for programs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

from operations import display
from operations.history.resource_changes import Difference
from operations.history.updates import Update, rolled_back, source_of

SHORT = 10
LONGEST = 60
SIGNS = {"create": "+", "update": "~", "replace": "±", "delete": "-", "import": "="}


def listed(updates: Sequence[Update]) -> Table:
    """A row an update, the newest first."""
    back = rolled_back(updates)
    headers = ("no", "started", "took", "what", "result", "commit", "by", "changes", "configuration", "message")
    rows = [
        (
            one.number,
            display.both_zones(one.started),
            display.duration(one.seconds),
            one.kind,
            one.result,
            commit(one),
            one.who,
            counts(one.changes),
            one.digest,
            _note(one, back),
        )
        for one in reversed(updates)
    ]
    return display.table(headers, rows)


def commit(update: Update) -> str:
    """Its first digits; `*` when files differed from it, empty outside a repository."""
    return update.commit[:SHORT] + ("*" if update.is_dirty else "")


def counts(changes: Mapping[str, int]) -> str:
    """`+2 ~1 -1`; what an engine counts besides is named."""
    told = {op: count for op, count in changes.items() if count and op not in ("same", "read", "refresh", "discard")}
    return " ".join(f"{SIGNS.get(op, op + ' ')}{count}" for op, count in sorted(told.items())) or "nothing"


def as_json(update: Update, updates: Sequence[Update]) -> dict[str, Any]:
    """For programs. Values of secrets are never in it."""
    mark = update.mark
    return {
        "number": update.number,
        "kind": update.kind,
        "result": update.result,
        "started": update.started,
        "ended": update.ended,
        "seconds": update.seconds,
        "commit": update.commit,
        "dirty": update.is_dirty,
        "by": update.who,
        "message": update.message,
        "changes": dict(update.changes),
        "configuration_digest": update.digest,
        "rollback": {"of": mark.of, "to": mark.to, "reason": mark.reason} if mark else None,
        "routines_of": part.to if (part := update.part) else None,
        "rolled_back_by": rolled_back(updates).get(update.number),
        "program_of": source_of(update, updates).number,
        "problem": update.problem,
    }


def show(console: Console, update: Update, updates: Sequence[Update], found: Sequence[Difference]) -> None:
    """One update: its facts, then what it changed."""
    facts = {
        "update": f"{update.number} ({update.kind or 'unknown'}): {update.result}",
        "started": display.both_zones(update.started),
        "took": display.duration(update.seconds),
        "commit": f"{update.commit or 'none recorded'}{' and files that were not committed' * update.is_dirty}",
        "by": update.who,
        "message": update.message,
        "configuration": f"{update.digest} ({len(update.config)} keys)" if update.config else "",
        "note": _marks(update, rolled_back(updates)),
        "problem": update.problem,
    }
    for name, value in facts.items():
        if value:
            console.print(f"{name}: {value}")
    rows = [(one.op, one.kind, one.name, ", ".join(one.inputs)) for one in found]
    if rows:
        console.print(display.table(("", "kind", "name", "differs in"), rows))
    else:
        console.print("no resource differs from the update before")


def _note(update: Update, back: Mapping[int, int]) -> str:
    first = (update.message.splitlines() or [""])[0]
    is_told = update.mark or update.part
    text = first if len(first) <= LONGEST or is_told else f"{first[: LONGEST - 1]}…"
    return "; ".join(part for part in (_marks(update, back) if not is_told else "", text or update.problem) if part)


def _marks(update: Update, back: Mapping[int, int]) -> str:
    parts = []
    if mark := update.mark:
        parts.append(f"takes back update {mark.of}: the program of update {mark.to}")
    if part := update.part:
        parts.append(f"routines and views of update {part.to} in place of those of update {part.of}")
    if update.number in back:
        parts.append(f"taken back by update {back[update.number]}")
    return ", ".join(parts)
