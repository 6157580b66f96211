"""Shows a run to programs: one JSON document at its end, in the shape of the CLI's `preview --json`."""

from __future__ import annotations

import json
import threading
from collections import Counter
from typing import Any

from embedded_engine import values
from embedded_engine.checkpoint import to_json
from embedded_engine.config import Value
from embedded_engine.display import Redactor
from embedded_engine.run import Step
from embedded_engine.state import State
from embedded_engine.urns import STACK_TYPE


class Digest:
    """Collects steps and messages."""

    def __init__(self, redactor: Redactor, config: dict[str, Value]) -> None:
        self._redactor, self._config = redactor, config
        self._lock = threading.Lock()
        self._steps: list[dict[str, Any]] = []
        self._diagnostics: list[dict[str, str]] = []

    def started(self, op: str, state: State) -> None:
        """A step begins: of no interest here."""

    def step(self, step: Step) -> None:
        """A step is done. As with the CLI, resources that stay as they are are left out, but for the stack itself,
        and so are the parts of replacements.
        """
        if step.op.endswith(("-replaced", "-replacement")) or (step.op == "same" and step.state.type != STACK_TYPE):
            return
        entry = _entry(step)
        with self._lock:
            self._steps.append(entry)

    def log(self, severity: str, urn: str, message: str) -> None:
        """Somebody said something."""
        entry = {"urn": urn, "message": self._redactor.clean(message), "severity": severity}
        with self._lock:
            self._diagnostics.append({key: value for key, value in entry.items() if value})

    def document(self, counts: Counter[str], seconds: float) -> str:
        """The document, with the duration in nanoseconds."""
        content = {
            "config": {key: value.masked for key, value in self._config.items()},
            "steps": self._steps,
            "diagnostics": self._diagnostics,
            "duration": int(seconds * 1e9),
            "changeSummary": dict(sorted(counts.items())),
        }
        return json.dumps({key: value for key, value in content.items() if value}, indent=4, ensure_ascii=False)


def _entry(step: Step) -> dict[str, Any]:
    diff = step.diff
    entry: dict[str, Any] = {"op": step.op, "urn": step.state.urn, "provider": step.state.provider}
    if step.old is not None:
        entry["oldState"] = _masked(step.old)
    if not step.op.startswith(("delete", "discard")):
        entry["newState"] = _masked(step.state)
    if diff is not None:
        entry["diffReasons"], entry["replaceReasons"] = diff.changed_keys, diff.replace_keys
    detailed = diff.detailed if diff is not None and diff.detailed else None
    kinds = {key: {"kind": kind, "inputDiff": flag} for key, (kind, flag) in (detailed or {}).items()}
    return {**{key: value for key, value in entry.items() if value}, "detailedDiff": kinds or None}


def _masked(state: State) -> dict[str, Any]:
    return to_json(state, lambda _, properties: values.mask(properties))
