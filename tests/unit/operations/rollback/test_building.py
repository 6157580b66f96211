"""The target's folder: its own commit, its own configuration, today's secrets; a clone without the commit says so."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from operations.history.updates import Update
from operations.rollback import building, environments
from operations.rollback.choosing import OutOfReach
from plain_command import plainyaml

SAID: list[str] = []
STATED = """# a comment
encryptionsalt: v1:today
config:
  eros-platform:project: changed
  eros-platform:slackToken:
    secure: v1:today
  eros-platform:added: "1"
"""


def git(folder: Path, *arguments: str) -> str:
    names = ("user.name=Ada", "user.email=ada@example.com", "commit.gpgsign=false")
    command = ["git", *(word for name in names for word in ("-c", name)), *arguments]
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    root = tmp_path / "clone"
    (root / "sql" / "tables").mkdir(parents=True)
    (root / ".venv").mkdir()
    (root / ".gitignore").write_text(".venv\n/.eros/\n")
    (root / "Pulumi.dev.yaml").write_text("config: {}\n")
    git(root, "init", "--quiet")
    _commit(root, "one")
    return root


def _commit(root: Path, text: str) -> str:
    (root / "program").write_text(text)
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--message", text)
    return git(root, "rev-parse", "HEAD")


def test_plain_values_are_as_recorded_and_secrets_and_what_opens_them_are_of_today(clone: Path) -> None:
    (clone / "Pulumi.dev.yaml").write_text(STATED)
    said: list[str] = []
    recorded = {
        "eros-platform:project": "then",
        "eros-platform:protect": "true",
        "eros-platform:owner": "007",
        "eros-platform:list": [{"a": 1}],
        "eros-platform:slackToken": {"secure": "v1:then"},
        "eros-platform:pagerdutyKey": {"secure": "v1:then"},
    }
    node = plainyaml.parse(building.configuration(clone, "dev", recorded, said.append).encode())
    assert node is not None
    assert plainyaml.value(node) == {
        "encryptionsalt": "v1:today",
        "config": {
            "eros-platform:project": "then",
            "eros-platform:protect": "true",
            "eros-platform:owner": "007",
            "eros-platform:list": [{"a": 1}],
            "eros-platform:slackToken": {"secure": "v1:today"},
        },
    }
    assert said == ["secret eros-platform:pagerdutyKey was set then and is not now: left out"]


def test_the_folder_is_the_recorded_commit_and_is_made_anew_over_what_a_kill_has_left(clone: Path) -> None:
    then = git(clone, "rev-parse", "HEAD")
    now = _commit(clone, "two")
    target, current = Update(1, commit=then, config={"eros-platform:project": "p"}), Update(2, commit=now)
    for _ in range(2):
        folder, _ = building.build(clone, "dev", target, current, SAID.append)
        assert (folder / "program").read_text() == "one"
        assert "project" in (folder / "Pulumi.dev.yaml").read_text()
        assert (folder / ".venv").resolve() == clone / ".venv"
    building.remove(clone, "rollback-dev")
    assert not folder.exists()
    assert git(clone, "worktree", "list").count("\n") == 0
    assert git(clone, "status", "--porcelain") == ""


SETUP = """#!/bin/sh
set -e
mkdir .venv
echo made >> made.log
cp program .venv/program
"""


@pytest.fixture
def pinned(clone: Path) -> tuple[Path, Update, Update]:
    """A clone whose first update was locked to other packages than its second, and can install them."""
    (clone / "scripts").mkdir()
    (clone / "scripts" / "setup").write_text(SETUP.replace("made.log", str(clone / ".eros" / "made.log")))
    (clone / "scripts" / "setup").chmod(0o755)
    then = _commit(clone, "three")
    (clone / "requirements").mkdir()
    (clone / "requirements" / "program.txt").write_text("pulumi==1\n")
    (clone / "scripts" / "setup").write_text("#!/bin/sh\necho no index >&2; exit 1\n")
    return clone, Update(1, commit=then), Update(2, commit=_commit(clone, "four"))


def test_other_pins_get_an_environment_of_their_own_that_is_made_once(pinned: tuple[Path, Update, Update]) -> None:
    clone, then, now = pinned
    said: list[str] = []
    for _ in range(2):
        folder, _ = building.build(clone, "dev", then, now, said.append)
        assert (folder / ".venv" / "program").read_text() == "three"
        building.remove(clone, "rollback-dev")
    assert (clone / ".eros" / "made.log").read_text() == "made\n"
    assert [line for line in said if "some minutes" in line] == said[:1]
    assert git(clone, "worktree", "list").count("\n") == 0


def test_an_environment_that_a_kill_has_left_half_made_is_made_anew(pinned: tuple[Path, Update, Update]) -> None:
    clone, then, now = pinned
    half = building.checkout(clone, "rollback-dev", then.commit)
    (half / ".venv").mkdir()
    folder, _ = building.build(clone, "dev", then, now, SAID.append)
    assert (folder / ".venv" / "program").read_text() == "three"


def test_packages_that_cannot_be_installed_are_refused_and_leave_nothing_half_made(
    pinned: tuple[Path, Update, Update],
) -> None:
    clone, _, now = pinned
    (clone / "requirements" / "program.txt").write_text("pulumi==2\n")
    with pytest.raises(OutOfReach, match="cannot be installed: no index"):
        building.build(clone, "dev", now, now, SAID.append)
    assert not (clone / ".eros" / "rollback-dev" / "environments").exists()
    building.remove(clone, "rollback-dev")


def test_what_tests_and_tools_have_left_beside_a_package_is_no_other_lock(clone: Path) -> None:
    package = clone / "packages" / "plain-command"
    for name in ("plain_command", ".venv/lib", "build/lib", "tests"):
        (package / name).mkdir(parents=True)
        (package / name / "module.py").write_text("1\n")
    (clone / ".gitignore").write_text(".venv\n/.eros/\nbuild\n")
    then = Update(1, commit=_commit(clone, "with a package"))
    (package / ".venv" / "lib" / "more.py").write_text("2\n")
    folder, _ = building.build(clone, "dev", then, then, SAID.append)
    assert (folder / ".venv").resolve() == clone / ".venv"
    (package / "plain_command" / "module.py").write_text("2\n")
    assert environments.identity(clone) != environments.identity(folder)


def test_the_environments_that_were_used_last_are_kept(clone: Path) -> None:
    (clone / "scripts").mkdir()
    (clone / "scripts" / "setup").write_text("#!/bin/sh\nmkdir .venv\n")
    (clone / "scripts" / "setup").chmod(0o755)
    (clone / "requirements").mkdir()
    kept = clone / ".eros" / "rollback-dev" / "environments"
    for number in range(environments.KEPT + 2):
        (clone / "requirements" / "program.txt").write_text(f"pulumi=={number}\n")
        then = Update(1, commit=_commit(clone, str(number)))
        (clone / "requirements" / "program.txt").write_text("pulumi==now\n")
        for old in kept.glob("*"):
            os.utime(old, (1, old.stat().st_mtime - 10))
        folder, _ = building.build(clone, "dev", then, then, SAID.append)
        assert (folder / ".venv").resolve().parent == kept
    assert len(list(kept.iterdir())) == environments.KEPT


def test_a_commit_that_is_not_here_says_how_to_get_it_and_a_folder_without_git_says_so(
    clone: Path, tmp_path: Path
) -> None:
    with pytest.raises(OutOfReach, match=r"not in this clone(?s:.*)git fetch origin " + "f" * 40):
        building.check(clone, "f" * 40)
    with pytest.raises(OutOfReach, match="no git repository"):
        building.check(tmp_path, "f" * 40)
