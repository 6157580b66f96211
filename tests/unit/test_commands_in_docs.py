"""What the guides and the workflows tell people to type exists: each `eros` command, and each of its options."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import typer.main

from operations.cli import app

ROOT = Path(__file__).parents[2]
GUIDES = (
    *("CONTRIBUTING.md", "docs/migrating.md", "docs/connecting-github.md", ".github/pull_request_template.md"),
    *("docs/runbook.md", "docs/reading-from-python.md"),
    *sorted(str(path.relative_to(ROOT)) for path in (ROOT / ".github/workflows").glob("*.yml")),
)
PASSED_ON = {"preview", "up", "refresh", "bootstrap"}  # further options are the engine's


def typed(path: str) -> list[list[str]]:
    """Words after `eros` in code of a guide, or in commands of a workflow."""
    text = (ROOT / path).read_text(encoding="utf-8")
    if path.endswith(".md"):
        code = [*re.findall(r"```console\n(.*?)```", text, re.DOTALL), *re.findall(r"`([^`\n]+)`", text)]
    else:
        code = re.findall(r"run: (.*)", text)
    lines = [line for part in code for line in part.splitlines()]
    return [found.split() for line in lines for found in re.findall(r"(?:^|\.venv/bin/|&& |\$ )eros ([^&#]+)", line)]


def command(words: list[str]) -> tuple[Any, list[str]]:
    """The command that the words name, and what is left of them."""
    found: Any = typer.main.get_command(app)
    left = list(words)
    while left and left[0] in getattr(found, "commands", {}):
        found = found.commands[left.pop(0)]
    return found, left


@pytest.mark.parametrize("path", GUIDES)
def test_every_command_of_a_guide_exists_with_its_options(path: str) -> None:
    for words in typed(path):
        found, left = command(words)
        assert len(left) < len(words), f"eros {' '.join(words)}"
        known = {name for parameter in found.params for name in parameter.opts} | {"--help"}
        options = {word.split("=")[0] for word in left if word.startswith("-")}
        assert words[0] in PASSED_ON or options <= known, f"eros {' '.join(words)}: {options - known}"


def test_the_guides_hold_commands() -> None:
    assert sum(len(typed(path)) for path in GUIDES) > 20
