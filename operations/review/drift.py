"""Drift: what differs in the cloud from what the stack's state says, for a daily look that keeps one issue.

Owns reading a refresh that changes nothing, and its text. No value is shown: names of objects and properties only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from operations.review.comment import LISTED, code, word
from operations.review.previewed import PREFIXES, kind

MARKER = "<!-- eros drift: {project} {stack} -->"
OPERATIONS = {"update": "differs", "delete": "is gone", "refresh": ""}


@dataclass(frozen=True, slots=True)
class Drifted:
    """An object that is not as it was left: what became of it, and which of its properties differ."""

    name: str
    kind: str
    what: str
    properties: tuple[str, ...] = ()


def drifted(document: Mapping[str, Any]) -> tuple[Drifted, ...]:
    """From the JSON of a refresh that changes nothing."""
    found = [_drifted(step) for step in document.get("steps") or ()]
    return tuple(sorted((one for one in found if one), key=lambda one: (one.kind, one.name)))


def _drifted(step: Mapping[str, Any]) -> Drifted | None:
    what = OPERATIONS.get(str(step.get("op")), "")
    state = step.get("newState") or step.get("oldState") or {}
    properties = tuple(sorted({key.split(".")[0].split("[")[0] for key in step.get("detailedDiff") or ()}))
    if not what or not state.get("custom"):
        return None
    called = kind(str(state.get("type")), state.get("inputs") or {})
    name = str(step["urn"]).rsplit("::", 1)[-1].removeprefix(PREFIXES.get(called, ""))
    return Drifted(name, called, what, properties)


def marker(project: str, stack: str) -> str:
    """The first line of the issue, by which it is found again."""
    return MARKER.format(project=word(project), stack=word(stack))


def title(stack: str, found: Sequence[Drifted]) -> str:
    """Of the issue."""
    return f"Stack {stack}: {len(found)} objects differ from what was deployed"


def render(project: str, stack: str, found: Sequence[Drifted], run_url: str = "") -> str:
    """The whole issue."""
    rows = [f"| {one.kind} | {code(one.name)} | {one.what} | {_named(one.properties)} |" for one in found[:LISTED]]
    more = [f"\nand {len(found) - LISTED} more"] if len(found) > LISTED else []
    return "\n".join(
        [
            marker(project, stack),
            f"Somebody or something has changed these in Google Cloud since stack {code(stack)} was last deployed:",
            "",
            "| | object | | properties |",
            "|---|---|---|---|",
            *rows,
            *more,
            "",
            f"See the values with `eros refresh -s {stack} --preview-only --diff`. Then either `eros up -s {stack}`,"
            " which puts back what the program says, or change the program to what is there now. This issue closes"
            " itself once nothing differs.",
            *([f"\n<sub>[run]({run_url}).</sub>"] if run_url else []),
            "",
        ]
    )


def _named(properties: Sequence[str]) -> str:
    more = f" and {len(properties) - 10} more" if len(properties) > 10 else ""
    return " ".join(code(name) for name in properties[:10]) + more
