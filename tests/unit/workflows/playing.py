"""Plays GitHub: which jobs an event starts, what expressions come to, and the commands of a job run by a shell."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[3]
FOLDER = ROOT / ".github" / "workflows"
EXPRESSION = re.compile(r"\$\{\{\s*(.*?)\s*\}\}")
TOKENS = re.compile(r"\s*('[^']*'|==|!=|&&|\|\||[\w.-]+(?:\(\))?)")


def workflows() -> dict[str, dict[str, Any]]:
    """Every workflow by its file's stem."""
    loaded = {path.stem: yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("*.yml"))}
    # YAML 1.1 takes the key `on` for true.
    return {stem: {**content, "on": content.get("on", content.get(True))} for stem, content in loaded.items()}


def steps() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """(workflow, job, step) of all of them."""
    for stem, workflow in workflows().items():
        for name, job in workflow["jobs"].items():
            for step in job["steps"]:
                yield stem, name, step


@dataclass
class Event:
    """Something that happened on GitHub."""

    name: str
    payload: dict[str, Any] = field(default_factory=dict)
    ref: str = "refs/heads/main"
    repository: str = "acme/eros"
    variables: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)

    @property
    def branch(self) -> str:
        return self.ref.removeprefix("refs/heads/")

    def value(self, expression: str) -> Any:
        """An expression of comparisons, `&&` and `||`, each of which binds as in JavaScript."""
        for operator in ("||", "&&"):
            if operator in expression:
                left, right = (part.strip() for part in expression.split(operator, 1))
                found = self.value(left)
                return found or self.value(right) if operator == "||" else found and self.value(right)
        for operator in ("==", "!="):
            if operator in expression:
                left, right = (self.value(part.strip()) for part in expression.split(operator))
                return (left == right) == (operator == "==")
        return self._plain(expression)

    def _plain(self, expression: str) -> Any:
        if expression.startswith("'"):
            return expression.strip("'")
        assert re.fullmatch(r"[\w.]+", expression), f"no such expression: {expression}"
        context = {
            "github": {
                "event_name": self.name,
                "event": self.payload,
                "ref": self.ref,
                "ref_name": self.branch,
                "repository": self.repository,
                "sha": "c" * 40,
                "token": "ghs_secret",
            },
            "vars": self.variables,
            "secrets": self.secrets,
        }
        found: Any = context
        for part in expression.split("."):
            found = (found or {}).get(part)
        return "" if found is None else found

    def text(self, template: str) -> str:
        return EXPRESSION.sub(lambda match: str(self.value(match[1])), str(template))

    def starts(self, workflow: Mapping[str, Any]) -> bool:
        """Whether the event is one of those that the workflow waits for."""
        waits = workflow["on"]
        if self.name not in waits:
            return False
        branches = (waits[self.name] or {}).get("branches") if self.name == "push" else None
        return branches is None or self.branch in branches


def jobs(event: Event) -> list[str]:
    """`workflow/job` of everything that an event starts."""
    return [
        f"{stem}/{name}"
        for stem, workflow in workflows().items()
        if event.starts(workflow)
        for name, job in workflow["jobs"].items()
        if event.value(job.get("if", "'yes'"))
    ]


def play(
    event: Event, place: str, folder: Path, environment: Mapping[str, str], skipping: tuple[str, ...] = ()
) -> list[tuple[str, int, str]]:
    """Runs the commands of a job in their order, up to a failure: (command, exit code, what it said)."""
    stem, _, name = place.partition("/")
    done: list[tuple[str, int, str]] = []
    for step in workflows()[stem]["jobs"][name]["steps"]:
        command = step.get("run")
        if command is None or command in skipping:
            continue
        own = {key: event.text(value) for key, value in step.get("env", {}).items()}
        shell = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", command]
        path = {"PATH": f"{folder / 'bin'}:{os.environ['PATH']}"}
        ran = subprocess.run(
            shell, cwd=folder, env={**environment, **own, **path}, capture_output=True, text=True, timeout=250
        )
        done.append((command, ran.returncode, ran.stdout + ran.stderr))
        if ran.returncode:
            break
    return done
