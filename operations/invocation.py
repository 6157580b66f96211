"""What was typed, as far as it may be written down: command, stack and names of options, never their values."""

from __future__ import annotations

import itertools
import os
from collections.abc import Sequence
from dataclasses import dataclass

# Commands that change nothing, by their words; `adopt` and `schedules` do with the words or options below.
READING = frozenset(
    {
        *("preview", "history", "verify", "cost", "readers", "pauses", "logs", "health", "report", "backups"),
        *("schedules", "adopt", "alerts", "review", "drift", "week", "export", "page"),
        *("flags", "restrictions", "profiles", "queue", "locks"),
    }
)
CHANGING_WORDS = {
    "schedules": {"run"},
    "review": {"post"},
    "alerts": {"ack", "mute", "test", "notify"},
    "week": {"build", "run", "cancel"},
    "export": {"csv", "json"},
    **{name: {"set"} for name in ("flags", "restrictions", "profiles")},
    "queue": {"requeue", "drop"},
    "locks": {"free"},
}
CHANGING_OPTIONS = {"adopt": {"--import", "--migrate", "--pause-old", "--resume-old"}, "drift": {"--issue"}}


@dataclass(frozen=True, slots=True)
class Invocation:
    """`command` is its words (`schedules run`), `options` the names of what was given."""

    command: str
    stack: str
    options: tuple[str, ...]

    @classmethod
    def of(cls, arguments: Sequence[str]) -> Invocation:
        """From the arguments after the program's name; what follows `--` is the engine's and left out."""
        typed = list(itertools.takewhile(lambda argument: argument != "--", arguments))
        options = tuple(_name(argument) for argument in typed if argument.startswith("-"))
        first = typed[0] if typed and not typed[0].startswith("-") else ""
        # Options of a group stand before its subcommand.
        second = next((argument for argument in typed[1:] if argument in CHANGING_WORDS.get(first, ())), "")
        return cls(f"{first} {second}".strip(), _stack(typed), options)

    @property
    def changes(self) -> bool:
        """Whether it changes something outside this machine's files."""
        first, _, second = self.command.partition(" ")
        if "--help" in self.options or not first or first == "local":
            return False
        if second in CHANGING_WORDS.get(first, ()) or CHANGING_OPTIONS.get(first, set()) & set(self.options):
            return True
        return first not in READING


def _name(option: str) -> str:
    return option.partition("=")[0] if option.startswith("--") else option[:2]


def _stack(typed: Sequence[str]) -> str:
    for argument, following in itertools.zip_longest(typed, typed[1:], fillvalue=""):
        if argument in ("--stack", "-s"):
            return following
        if argument.startswith(("--stack=", "-s")):
            return argument.removeprefix("--stack=").removeprefix("-s")
    return os.environ.get("EROS_STACK", "")
