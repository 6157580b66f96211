"""Shows a run to people, line by line, in the CLI's terms."""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any, TextIO

from embedded_engine import urns, values
from embedded_engine.run import Step
from embedded_engine.state import State

SYMBOLS = {
    "create": "+ ",
    "update": "~ ",
    "delete": "- ",
    "replace": "+-",
    "create-replacement": "++",
    "delete-replaced": "--",
    "read": "> ",
    "import": "= ",
    "discard": "< ",
    "discard-replaced": "<<",
}
_DONE = {
    "create": "created",
    "update": "updated",
    "delete": "deleted",
    "replace": "replaced",
    "create-replacement": "created replacement",
    "delete-replaced": "deleted original",
    "read": "read",
    "import": "imported",
    "discard": "discarded",
    "discard-replaced": "discarded original",
}
_COLORS = {"create": 32, "update": 33, "delete": 31, "replace": 35, "create-replacement": 32, "delete-replaced": 31}
_HEARTBEAT_SECONDS = 10.0
_SHORTEST_SECRET = 3


class Redactor:
    """Takes known secrets out of texts that somebody else wrote, such as a provider's error."""

    def __init__(self, secrets: Iterable[str]) -> None:
        self._secrets = sorted({text for text in secrets if len(text) >= _SHORTEST_SECRET}, key=len, reverse=True)

    def clean(self, text: str) -> str:
        """The text with each secret replaced by a word."""
        for found in self._secrets:
            text = text.replace(found, "[secret]")
        return text


class TextDisplay:
    """Prints steps as they end and, when nothing ends for a while, what is under way."""

    def __init__(self, out: TextIO, redactor: Redactor, preview: bool, details: bool = False) -> None:
        self._out, self._redactor, self._preview, self._details = out, redactor, preview, details
        self._color = out.isatty()
        self._lock = threading.Lock()
        self._running: dict[str, str] = {}
        self._done = 0
        self._last = time.monotonic()

    def started(self, op: str, state: State) -> None:
        """A step begins."""
        with self._lock:
            self._running[state.urn] = f"{op} {state.name}"

    def step(self, step: Step) -> None:
        """A step is done: one line, with --diff one more for each changed property."""
        with self._lock:
            self._running.pop(step.state.urn, None)
            self._done += 1
        if step.op == "same" or (step.op == "read" and step.old is not None):
            return
        if self._preview and step.op.endswith(("-replaced", "-replacement")):
            return  # a part of the replacement that is shown
        word = step.op.replace("-", " ") if self._preview else _DONE[step.op]
        took = f" ({step.seconds:.2g}s)" if step.seconds is not None and not self._preview else ""
        changes = changed(step)
        note = f" [diff: {','.join(sign + key for sign, key in changes)}]" if changes else ""
        line = f" {SYMBOLS[step.op]} {short_type(step.state.type)} {step.state.name} {word}{took}{note}"
        self._print(f"\033[{_COLORS[step.op]}m{line}\033[0m" if self._color and step.op in _COLORS else line)
        if self._details:
            for text in _details(step, changes):
                self._print(text)

    def log(self, severity: str, urn: str, message: str) -> None:
        """Somebody said something."""
        where = f"{short_type(urns.type_of(urn))} ({urns.name_of(urn)}): " if urn else ""
        self._print(where + message if severity == "info" else f"{severity}: {where}{message}")

    def summary(self, counts: Counter[str], outputs: dict[str, Any], seconds: float) -> None:
        """What the run came to."""
        if outputs:
            width = max(map(len, outputs))
            self._print("Outputs:")
            for key in sorted(outputs):
                self._print(f"    {key:<{width}}: {show(outputs[key])}")
        self._print("Resources:")
        for op in sorted(counts.keys() - {"same"}, key=list(SYMBOLS).index):
            words = f"{counts[op]} to {op}" if self._preview else f"{counts[op]} {_DONE[op]}"
            self._print(f"    {SYMBOLS[op].strip()} {words}")
        if counts["same"]:
            self._print(f"    {counts['same']} unchanged")
        self._print("" if self._preview else f"\nDuration: {seconds:.0f}s\n")

    @contextlib.contextmanager
    def beating(self, label: str) -> Iterator[None]:
        """Prints a sign of life now and then while the body runs."""
        stopped = threading.Event()

        def beat() -> None:
            while not stopped.wait(1.0):
                with self._lock:
                    quiet = time.monotonic() - self._last > _HEARTBEAT_SECONDS
                    running = ", ".join(sorted(self._running.values())[:5])
                if quiet:
                    self._print(f"@ {label}... {self._done} done, running: {running or 'the program'}")

        thread = threading.Thread(target=beat, daemon=True)
        thread.start()
        try:
            yield
        finally:
            stopped.set()
            thread.join()

    def _print(self, text: str) -> None:
        with self._lock:
            self._last = time.monotonic()
            print(self._redactor.clean(text), file=self._out, flush=True)


class SilentDisplay:
    """Shows nothing."""

    def started(self, op: str, state: State) -> None:
        """A step begins."""

    def step(self, step: Step) -> None:
        """A step is done."""

    def log(self, severity: str, urn: str, message: str) -> None:
        """Somebody said something."""


def short_type(type_: str) -> str:
    """`gcp:bigquery/table:Table` as `gcp:bigquery:Table`."""
    parts = type_.split(":")
    if len(parts) == 3:
        parts[1] = parts[1].partition("/")[0]
    return ":".join(parts)


def show(value: Any) -> str:
    """A value as one line, without secrets."""
    masked = values.mask(value, unknown="[unknown]")
    return masked if masked in ("[secret]", "[unknown]") else json.dumps(masked, ensure_ascii=False)


def changed(step: Step) -> list[tuple[str, str]]:
    """The changed properties of an update or a replacement as (sign, path)."""
    if step.op not in ("update", "replace") or step.diff is None:
        return []
    if step.diff.detailed:
        return [(_sign(kind), key) for key, (kind, _) in sorted(step.diff.detailed.items())]
    return [("~", key) for key in sorted(step.diff.changed_keys)]


def _sign(kind: str) -> str:
    return "+" if kind.startswith("add") else "-" if kind.startswith("delete") else "~"


def _details(step: Step, changes: list[tuple[str, str]]) -> Iterator[str]:
    before = step.old.inputs if step.old else {}
    for sign, path in changes:
        key = path.partition(".")[0].partition("[")[0]
        was, now = show(before.get(key)), show(step.state.inputs.get(key))
        yield f"      {sign} {path}: " + {"+": now, "-": was}.get(sign, f"{was} => {now}")
