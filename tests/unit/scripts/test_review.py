"""A review that is stopped takes its cloud along; what a killed one has left goes with the next one."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
# Notes what it is asked for; a deployment goes on until it is told to stop.
EROS = """#!/bin/sh
echo "$*" >> {place}/asked
case "$*" in *" up -s local"*) echo $$ > {place}/new; mv {place}/new {place}/deploying; exec sleep 120 ;; esac
"""
DOWN = "local down --wipe --yes"


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    (tmp_path / "scripts").mkdir()
    shutil.copy(ROOT / "scripts" / "review", tmp_path / "scripts")
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    for name in ("eros", "python"):
        command = tmp_path / ".venv" / "bin" / name
        command.write_text(EROS.replace("{place}", str(tmp_path)))
        command.chmod(0o755)
    names = ("-c", "user.name=t", "-c", "user.email=t@example.com")
    for arguments in (("init", "-q", "-b", "main"), ("commit", "-qm", "one", "--allow-empty")):
        subprocess.run(["git", *names, *arguments], cwd=tmp_path, check=True, timeout=60)
    return tmp_path


def begun(clone: Path, base: str = "main") -> subprocess.Popen[str]:
    # A shell cannot trap what was ignored when it began, as below nohup.
    command = ["env", "--default-signal=INT,HUP", "scripts/review", base]
    return subprocess.Popen(command, cwd=clone, text=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def deploying(clone: Path) -> tuple[subprocess.Popen[str], int]:
    """A review that deploys its base and does not end by itself; the pid of what deploys."""
    started = begun(clone)
    deadline = time.monotonic() + 60
    while not (clone / "deploying").exists():
        assert started.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.02)
    pid = int((clone / "deploying").read_text())
    (clone / "deploying").unlink()
    return started, pid


def asked(clone: Path) -> list[str]:
    return (clone / "asked").read_text().splitlines()


def is_clean(clone: Path) -> bool:
    listed = subprocess.run(["git", "worktree", "list"], cwd=clone, capture_output=True, text=True, check=True).stdout
    return listed.count("\n") == 1 and not (clone / ".eros" / "review").exists()


@pytest.mark.parametrize(("sent", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130), (signal.SIGHUP, 129)])
def test_one_that_is_told_to_stop_ends_its_deployment_and_its_cloud(clone: Path, sent: int, code: int) -> None:
    started, child = deploying(clone)
    started.send_signal(sent)
    assert started.wait(60) == code
    assert asked(clone)[-1] == DOWN
    with pytest.raises(ProcessLookupError):
        os.kill(child, 0)
    assert is_clean(clone)


def test_what_a_killed_one_has_left_is_stopped_by_the_next(clone: Path) -> None:
    killed, orphan = deploying(clone)
    other = begun(clone)
    assert other.wait(60) == 1
    assert f"another review (pid {killed.pid}) is at work" in (other.stderr.read() if other.stderr else "")
    killed.kill()
    killed.wait()
    assert DOWN not in asked(clone)
    os.kill(orphan, signal.SIGKILL)
    again, _ = deploying(clone)
    assert asked(clone)[asked(clone).index(DOWN) + 1 :][0] == "local up"
    again.terminate()
    assert again.wait(60) == 143
    assert is_clean(clone)


def test_a_base_that_git_does_not_have_is_named_before_anything_starts(clone: Path) -> None:
    started = begun(clone, "v9")
    assert started.wait(60) == 1
    assert "git has no commit v9: fetch it" in (started.stderr.read() if started.stderr else "")
    assert not (clone / "asked").exists()
