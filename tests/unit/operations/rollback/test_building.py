"""The target's folder: its own commit, its own configuration, today's secrets; a clone without the commit says so."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from operations.history.updates import Update
from operations.rollback import building
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


def test_other_pins_get_an_environment_of_their_own_and_one_that_cannot_be_made_is_refused(clone: Path) -> None:
    (clone / "scripts").mkdir()
    (clone / "scripts" / "setup").write_text("#!/bin/sh\nmkdir .venv && cp program .venv/made\n")
    (clone / "scripts" / "setup").chmod(0o755)
    then = _commit(clone, "three")
    (clone / "requirements").mkdir()
    (clone / "requirements" / "program.txt").write_text("pulumi==1\n")
    (clone / "scripts" / "setup").write_text("#!/bin/sh\necho no index >&2; exit 1\n")
    now = _commit(clone, "four")
    folder, _ = building.build(clone, "dev", Update(1, commit=then), Update(2, commit=now), SAID.append)
    assert (folder / ".venv" / "made").read_text() == "three"
    (clone / "requirements" / "program.txt").write_text("pulumi==2\n")
    with pytest.raises(OutOfReach, match="cannot be installed: no index"):
        building.build(clone, "dev", Update(2, commit=now), Update(2, commit=now), SAID.append)
    building.remove(clone, "rollback-dev")


def test_a_commit_that_is_not_here_says_how_to_get_it_and_a_folder_without_git_says_so(
    clone: Path, tmp_path: Path
) -> None:
    with pytest.raises(OutOfReach, match=r"not in this clone(?s:.*)git fetch origin " + "f" * 40):
        building.check(clone, "f" * 40)
    with pytest.raises(OutOfReach, match="no git repository"):
        building.check(tmp_path, "f" * 40)
