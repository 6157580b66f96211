"""scripts/test-packages takes the names of packages, and nothing else is touched."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """One package, the folder that a package left when it went, and a Python that notes how it was called and fails."""
    (tmp_path / "scripts").mkdir()
    shutil.copy(ROOT / "scripts/test-packages", tmp_path / "scripts")
    (tmp_path / "packages/one").mkdir(parents=True)
    (tmp_path / "packages/one/pyproject.toml").write_text("")
    (tmp_path / "packages/gone/.venv").mkdir(parents=True)
    python = tmp_path / ".venv/bin/python"
    python.parent.mkdir(parents=True)
    python.write_text(f'#!/bin/sh\necho "$*" >> {tmp_path}/calls\nexit 1\n')
    python.chmod(0o755)
    return tmp_path


def run(clone: Path, *names: str) -> subprocess.CompletedProcess[str]:
    command = [str(clone / "scripts/test-packages"), *names]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize("name", ["nosuch", "../scripts", "gone"])
def test_an_unknown_name_is_refused_with_those_there_are_and_makes_nothing(clone: Path, name: str) -> None:
    done = run(clone, "one", name)
    assert (done.returncode, done.stderr) == (1, f"test-packages: there is no package {name}; one of: one\n")
    assert not (clone / "calls").exists()
    assert sorted(path.name for path in (clone / "packages").iterdir()) == ["gone", "one"]


def test_the_folder_that_a_package_left_is_no_package(clone: Path) -> None:
    assert run(clone).returncode == 1
    calls = (clone / "calls").read_text()
    assert "packages/one/" in calls
    assert "gone" not in calls
