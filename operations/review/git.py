"""Asking git about the folder of the program. What it cannot tell is empty, never an error."""

from __future__ import annotations

import subprocess
from pathlib import Path

SECONDS = 60


def ask(root: Path, *arguments: str) -> bytes:
    """What a git command prints; empty without git, outside a repository, and where it fails."""
    try:
        done = subprocess.run(["git", *arguments], cwd=root, capture_output=True, timeout=SECONDS)
    except (OSError, subprocess.TimeoutExpired):
        return b""
    return done.stdout if done.returncode == 0 else b""


def line(root: Path, *arguments: str) -> str:
    """The same as text without white space around it."""
    return ask(root, *arguments).decode(errors="replace").strip()
