"""A stack through its engine: the verbs, its outputs, and the two steps of tearing it down."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from operations import engines
from operations.errors import EngineFailed, NotConfirmed
from operations.project import find_root, stack_settings
from outputs import OutputsError, StackOutputs
from settings.load import check_environment
from settings.model import Settings

OUTPUTS_SECONDS = 120


@dataclass(frozen=True, slots=True)
class Stack:
    """A stack's name, folder and settings, and the engine that deploys it."""

    name: str
    root: Path
    settings: Settings
    engine: engines.Engine

    @classmethod
    def open(cls, name: str, say: Callable[[str], None] = lambda _: None) -> Stack:
        """Errors: SettingsError for wrong configuration or the wrong shell, EngineMissing."""
        root = find_root()
        settings = stack_settings(root, name)
        check_environment(settings, os.environ)
        return cls(name, root, settings, engines.choose(local=settings.is_local, say=say))

    def run(self, verb: str, arguments: Sequence[str] = ()) -> int:
        """Runs a verb on the terminal. Returns the engine's exit code."""
        return subprocess.run(self._command(verb, "--stack", self.name, *arguments), cwd=self.root).returncode

    def must(self, verb: str, *arguments: str) -> None:
        """Runs a verb on the terminal. Errors: EngineFailed with the engine's exit code."""
        if code := self.run(verb, arguments):
            raise EngineFailed(f"{verb} of stack {self.name} failed (exit code {code}): see above", code)

    def exists(self) -> bool:
        """True when the backend knows the stack."""
        answer = self._ask("stack", "ls", "--json")
        return any(entry["name"].split("/")[-1] == self.name for entry in json.loads(answer))

    def init(self) -> None:
        """Makes the stack in the backend; its configuration file stays as it is."""
        self._ask("stack", "init", self.name)

    def is_deployed(self) -> bool:
        """True when an update has exported the outputs of this version."""
        try:
            self.outputs()
        except OutputsError:
            return False
        return True

    def changes(self) -> dict[str, int]:
        """How many resources an update would treat how (create, update, ...), unchanged ones left out."""
        summary: dict[str, int] = json.loads(self._ask("preview", "--json", "--stack", self.name))["changeSummary"]
        return {operation: count for operation, count in summary.items() if operation != "same"}

    def outputs(self) -> StackOutputs:
        """What the last update exported. Errors: EngineFailed, OutputsError."""
        answer = self._ask("stack", "output", "--json", "--stack", self.name)
        return StackOutputs.read(self.name, json.loads(answer))

    def _command(self, *arguments: str) -> list[str]:
        return [*self.engine.command, *arguments]

    def _ask(self, *arguments: str) -> str:
        answer = subprocess.run(
            self._command(*arguments, "--non-interactive"),
            cwd=self.root,
            capture_output=True,
            text=True,
            timeout=OUTPUTS_SECONDS,
        )
        if answer.returncode:
            raise EngineFailed(f"{' '.join(arguments)}: {answer.stderr.strip()}", answer.returncode)
        return answer.stdout


def destroy(stack: Stack, arguments: Sequence[str], confirm: Callable[[str], str]) -> int:
    """Lifts the protection, then destroys: two updates, since deletion protection must reach the state first.

    Errors: NotConfirmed unless the operator types the stack's name; then nothing was changed.
    """
    typed = confirm(f"This deletes stack {stack.name} with every table in {stack.settings.dataset}. Type its name: ")
    if typed.strip() != stack.name:
        raise NotConfirmed(f"stack {stack.name} was left as it is", fix=f"type {stack.name} to destroy it")
    with _unprotected(stack.root / f"Pulumi.{stack.name}.yaml"):
        stack.must("up", "--yes", "--skip-preview", "--message", "lift protection before destroy")
        return stack.run("destroy", ("--yes", "--skip-preview", *arguments))


class _unprotected:  # noqa: N801 - reads as the statement that it is
    """The stack's configuration with protect: false, put back byte for byte afterwards."""

    def __init__(self, path: Path) -> None:
        self._path, self._before = path, path.read_bytes()

    def __enter__(self) -> None:
        document = yaml.safe_load(self._before) or {}
        document.setdefault("config", {})["eros-platform:protect"] = "false"
        self._path.write_text(yaml.safe_dump(document, sort_keys=False))

    def __exit__(self, *_: object) -> None:
        self._path.write_bytes(self._before)
