"""Plays GitHub: which jobs an event starts, what expressions come to, and the commands of a job run by a shell."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[3]
FOLDER = ROOT / ".github" / "workflows"
EXPRESSION = re.compile(r"\$\{\{\s*(.*?)\s*\}\}")
TOKENS = re.compile(r"'[^']*'|==|!=|&&|\|\||contains\(|[(),]|[\w.*]+")


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
    files: tuple[str, ...] = ("sql/views/a.sql",)
    #: What a job has said, by job: `changes` says it of `files`.
    outputs: Mapping[str, Mapping[str, str]] = field(default_factory=lambda: {"changes": {"code": "true"}})

    @property
    def branch(self) -> str:
        return self.ref.removeprefix("refs/heads/")

    def value(self, expression: str) -> Any:
        """What an expression comes to (docs.github.com/en/actions/reference/evaluate-expressions)."""
        tokens = TOKENS.findall(str(expression))
        assert "".join(tokens) == re.sub(r"\s+(?=(?:[^']*'[^']*')*[^']*$)", "", str(expression)), expression
        found = self._either(tokens)
        assert not tokens, expression
        return found

    def _either(self, tokens: list[str]) -> Any:
        found = self._both(tokens)
        while tokens[:1] == ["||"]:
            tokens.pop(0)
            right = self._both(tokens)
            found = found or right
        return found

    def _both(self, tokens: list[str]) -> Any:
        found = self._compared(tokens)
        while tokens[:1] == ["&&"]:
            tokens.pop(0)
            right = self._compared(tokens)
            found = found and right
        return found

    def _compared(self, tokens: list[str]) -> Any:
        left = self._plain(tokens)
        if tokens[:1] not in (["=="], ["!="]):
            return left
        is_equal = tokens.pop(0) == "=="
        return (left == self._plain(tokens)) == is_equal

    def _plain(self, tokens: list[str]) -> Any:
        first = tokens.pop(0)
        if first == "(":
            found = self._either(tokens)
            assert tokens.pop(0) == ")"
            return found
        if first == "contains(":
            held = self._plain(tokens)
            assert tokens.pop(0) == ","
            found = self._plain(tokens) in held
            assert tokens.pop(0) == ")"
            return found
        return first.strip("'") if first.startswith("'") else self._looked_up(first)

    def _looked_up(self, name: str) -> Any:
        assert re.fullmatch(r"[\w.*]+", name), f"no such expression: {name}"
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
            "needs": {job: {"outputs": outputs} for job, outputs in self.outputs.items()},
            "steps": {"changed": {"outputs": self.outputs.get("changes", {})}},
        }
        found: Any = context
        for part in name.split("."):
            if part == "*":
                continue
            found = [one.get(part) for one in found] if isinstance(found, list) else (found or {}).get(part)
        return "" if found is None else found

    def text(self, template: str) -> str:
        return EXPRESSION.sub(lambda match: str(self.value(match[1])), str(template))

    def starts(self, workflow: Mapping[str, Any]) -> bool:
        """Whether the event is one of those that the workflow waits for."""
        waits = workflow["on"]
        if self.name not in waits:
            return False
        wanted = waits[self.name] or {}
        if self.name == "push":
            return self.branch in wanted["branches"]
        if self.name != "pull_request":
            return True
        kinds = wanted.get("types", ["opened", "synchronize", "reopened"])
        paths = [pattern.replace("/**", "/*") for pattern in wanted.get("paths", ["*"])]
        touched = any(fnmatch(name, pattern) for name in self.files for pattern in paths)
        return self.payload.get("action", "opened") in kinds and touched


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
