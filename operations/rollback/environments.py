"""The packages that a rollback's target runs on: those of this folder where they are the same, else its own, once.

An environment is kept below this machine's folder by the hash of what decides it, and linked into the target's
worktree: the next rollback of the stack to the same packages installs nothing. What is kept is whole: it is made in the
worktree, whose path it remembers, and moved when the target's `scripts/setup` has succeeded.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from operations.rollback.choosing import OutOfReach

# What decides what is installed; the packages of this repository that the program imports are installed from here.
INSTALLED = (
    "requirements/program.txt",
    "packages/plain-command",
    "packages/transfer-schedule",
)
MADE_BY = ("pyproject.toml", "scripts/setup")
NOT_INSTALLED = {"build", "tests"}
SETUP_SECONDS = 1800
KEPT = 3


def link(root: Path, folder: Path, kept: Path, say: Callable[[str], None]) -> None:
    """Gives the program in `folder` its environment: that of `root`, or one of those in `kept`.

    Errors: OutOfReach when the packages cannot be installed.
    """
    if identity(root) == identity(folder):
        (folder / ".venv").symlink_to(root / ".venv")
        return
    own = kept / identity(folder, (*INSTALLED, *MADE_BY))[:16]
    if not own.exists():
        say("the target was locked to other packages: making an environment of its own (scripts/setup), some minutes")
        _set_up(folder)
        kept.mkdir(parents=True, exist_ok=True)
        (folder / ".venv").rename(own)
    os.utime(own)
    (folder / ".venv").symlink_to(own)
    _forget(kept)


def identity(folder: Path, names: Sequence[str] = INSTALLED) -> str:
    """A hash of what decides which packages a program runs on."""
    found = hashlib.sha256()
    for name in names:
        for path in _files(folder / name):
            content = path.read_bytes()
            found.update(f"{path.relative_to(folder)} {len(content)}\n".encode() + content)
    return found.hexdigest()


def _set_up(folder: Path) -> None:
    done = subprocess.run(["scripts/setup"], cwd=folder, capture_output=True, text=True, timeout=SETUP_SECONDS)
    if done.returncode:
        said = (done.stderr or done.stdout).strip()[-2_000:]
        raise OutOfReach(
            f"the packages of the target cannot be installed: {said}",
            fix="is the package index there? Nothing was changed; name another update with --to N",
        )


def _files(path: Path) -> Iterator[Path]:
    """A file, or what is installed of a folder: no caches, and no environment that its own tests run in."""
    if path.is_file():
        yield path
        return
    for one in sorted(path.rglob("*")):
        parts = one.relative_to(path).parts
        is_left_out = any(part in NOT_INSTALLED or part.startswith(".") for part in parts)
        if not is_left_out and one.suffix in (".py", ".toml") and one.is_file():
            yield one


def _forget(kept: Path) -> None:
    """Removes all but those that were used last: one takes half a gigabyte."""
    for old in sorted(kept.iterdir(), key=lambda one: one.stat().st_mtime, reverse=True)[KEPT:]:
        shutil.rmtree(old, ignore_errors=True)
