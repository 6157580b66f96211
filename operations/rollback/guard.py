"""What a rollback must not do, read from the preview of its target: take away what holds data."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from catalog.column_changes import column_changes
from operations.review.previewed import Plan, PlannedStep
from operations.rollback.choosing import OutOfReach

NAMED = 12
BACK = {"create": "made again", "update": "changed back", "delete": "taken away", "replace": "made anew"}
FORWARD = {"create": "made", "update": "changed", "delete": "deleted", "replace": "replaced"}


def check(plan: Plan, number: int) -> None:
    """Errors: OutOfReach when the program of then refuses, or a step would take rows, values or files along."""
    if plan.refusals:
        said = "; ".join(plan.refusals)[:2_000]
        raise OutOfReach(
            f"the program of update {number} cannot be deployed today: {said}",
            fix="mend what it names, or name another update with --to N; nothing was changed",
        )
    if lost := [text for step in plan.steps for text in _lost(step)]:
        listed = "".join(f"\n  {text}" for text in lost)
        raise OutOfReach(
            f"going back to update {number} would take away what holds data:{listed}",
            fix="name another update with --to N, or change that by hand first; nothing was changed",
        )


def summary(plan: Plan, words: Mapping[str, str] = BACK) -> Iterator[str]:
    """The preview in a few lines: what happens to which objects, by kind."""
    kinds: dict[tuple[str, str], list[str]] = {}
    for step in plan.steps:
        kinds.setdefault((step.op, step.kind), []).append(step.name)
    for (op, kind), names in sorted(kinds.items()):
        more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
        plural = f"{kind}s" if len(names) > 1 else kind
        yield f"{words.get(op, op)}: {len(names)} {plural}: {', '.join(sorted(names)[:NAMED])}{more}"
    if not plan.steps:
        yield "nothing differs from what is deployed"
    yield f"unchanged: {plan.unchanged}"


def counts(plan: Plan) -> Mapping[str, int]:
    """How many resources would be treated how."""
    return dict(Counter(step.op for step in plan.steps))


def _lost(step: PlannedStep) -> Iterator[str]:
    if step.holds_data and step.op in ("delete", "replace"):
        because = f" ({', '.join(step.changed)} differ)" if step.op == "replace" and step.changed else ""
        yield f"{step.kind} {step.name} would be {step.op}d{because}"
    elif step.kind == "table" and step.op == "update":
        for change in column_changes(_fields(step.before), _fields(step.after)):
            if change.kind != "in_place":
                yield f"table {step.name}: {change.what}"


def _fields(inputs: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    try:
        return list(json.loads(str(inputs.get("schema") or "[]")))
    except ValueError:  # not known before the update
        return []
