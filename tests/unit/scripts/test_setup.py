"""What a newcomer with the wrong machine is told by the set-up script."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    for name in ("scripts/setup", "requirements/dev.txt", "requirements/program.txt", "pyproject.toml"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def run_setup(clone: Path, *tools: Path, what: str = "--all", **variables: str) -> subprocess.CompletedProcess[str]:
    """Runs the script with an empty home and a PATH of the system's tools and `tools`."""
    path = os.pathsep.join([*map(str, tools), "/usr/bin", "/bin"])
    environment = {"PATH": path, "HOME": str(clone), "PIP_CONFIG_FILE": os.devnull, **variables}
    command = [str(clone / "scripts/setup"), *what.split()]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, cwd=clone)


def fake_pythons(clone: Path, version: str) -> Path:
    """A folder with interpreters of another version."""
    folder = clone / "bin"
    folder.mkdir()
    for name in ("python3.13", "python3", "python", "python3.12", "python3.11"):  # this machine may have them too
        (folder / name).write_text(f"#!/bin/sh\necho {version}\n")
        (folder / name).chmod(0o755)
    return folder


def test_another_python_is_named_with_the_one_that_is_needed(clone: Path) -> None:
    done = run_setup(clone, fake_pythons(clone, "3.11"))
    assert done.returncode == 1
    assert "Python 3.13 is needed" in done.stderr
    assert "python3 is Python 3.11" in done.stderr
    assert not (clone / ".venv").exists()


def test_an_unreachable_package_index_says_what_to_check_and_changes_nothing_else(clone: Path) -> None:
    real = clone / "bin"
    real.mkdir()
    (real / "python3.13").symlink_to(Path(sys.executable).resolve())
    done = run_setup(clone, real, PIP_INDEX_URL="http://127.0.0.1:9/simple", PIP_RETRIES="0", PIP_TIMEOUT="2")
    assert done.returncode == 1
    assert "package index is unreachable" in done.stderr
    assert "PIP_INDEX_URL" in done.stderr
    assert not (clone / ".venv" / ".requirements").exists()


def test_the_program_alone_wants_no_more_than_python_3_11(clone: Path) -> None:
    done = run_setup(clone, fake_pythons(clone, "3.10"), what="")
    assert (done.returncode, "Python 3.11 or newer is needed" in done.stderr) == (1, True)
