"""`eros verify` of a program that stands in some folder: run there, with that program's own checks and environment."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SECONDS = 1800


@dataclass(frozen=True, slots=True)
class Verified:
    """Which checks failed, `id title` each; `error` says why they could not be run at all."""

    passed: int = 0
    failed: tuple[str, ...] = ()
    error: str = ""

    @property
    def is_well(self) -> bool:
        return not self.failed and not self.error

    def without(self, id_: str) -> Verified:
        """The same as if this check had not been run; it must have failed."""
        return Verified(self.passed, tuple(name for name in self.failed if not name.startswith(f"{id_} ")), self.error)

    def and_also(self, other: Verified) -> Verified:
        """Both together."""
        return Verified(self.passed + other.passed, (*self.failed, *other.failed), self.error or other.error)

    def __str__(self) -> str:
        if self.error:
            return f"could not run: {self.error}"
        if not self.failed:
            return f"{self.passed} checks passed"
        return f"{len(self.failed)} of {self.passed + len(self.failed)} checks failed: {', '.join(self.failed)}"


def verify(folder: Path, stack: str, only: Sequence[str] = ()) -> Verified:
    """Runs the checks of the program in `folder` (those named by id or group) against the deployed stack."""
    own = folder / ".venv" / "bin" / "python"
    python = str(own) if own.exists() else sys.executable
    command = [python, "-m", "operations.cli", "verify", "--stack", stack, "--json"]
    command += [word for name in only for word in ("--only", name)]
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=SECONDS)
    except subprocess.TimeoutExpired:
        return Verified(error=f"no end within {SECONDS} s")
    except OSError as error:
        return Verified(error=f"{python}: {error.strerror}")
    try:
        return _read(json.loads(done.stdout))
    except (ValueError, KeyError, TypeError):
        lines = [line for line in done.stderr.splitlines() if line.strip()]
        return Verified(error=" ".join(lines[-2:])[:500] or f"exit code {done.returncode}")


def _read(document: dict[str, Any]) -> Verified:
    failed = tuple(f"{check['id']} {check['title']}" for check in document["checks"] if check["result"] != "PASS")
    return Verified(int(document["checks_passed"]), failed)
