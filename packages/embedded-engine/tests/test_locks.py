"""Two updates never work on one stack at once, and a dead one never keeps the next from working."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from embedded_engine import locks
from embedded_engine.errors import EngineError


def write_lock(folder: Path, pid: int, hostname: str = "", timestamp: str = "2026-01-02T03:04:05.123456789Z") -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / f"other-{pid}.json"
    holder = {"pid": pid, "username": "ann", "hostname": hostname or socket.gethostname(), "timestamp": timestamp}
    path.write_text(json.dumps(holder))
    path.with_name(path.name + ".attrs").write_text("{}")
    return path


def dead_pid() -> int:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def silent(text: str) -> None:
    pytest.fail(f"nothing was to be told: {text}")


def test_a_lock_says_who_holds_it_and_goes_with_its_attributes(tmp_path: Path) -> None:
    with locks.held(tmp_path, silent):
        [path] = tmp_path.glob("*.json")
        assert json.loads(path.read_text())["pid"] == os.getpid()
        assert path.with_name(path.name + ".attrs").exists()
    assert list(tmp_path.iterdir()) == []


def test_the_lock_of_a_living_process_is_respected_and_its_holder_named(tmp_path: Path) -> None:
    timestamp = "2999-01-02T03:04:05.123456789Z"  # later than this process's start
    write_lock(tmp_path, os.getppid(), timestamp=timestamp)
    expected = rf"locked by 1 lock.*ann@.*pid {os.getppid()}.* at 2999-01-02T03:04:05"
    with pytest.raises(EngineError, match="(?s)" + expected), locks.held(tmp_path, silent):
        pytest.fail("got the lock")
    assert len(list(tmp_path.glob("*.json"))) == 1


def test_the_lock_of_a_dead_process_is_broken_and_told(tmp_path: Path) -> None:
    pid = dead_pid()
    write_lock(tmp_path, pid)
    told: list[str] = []
    with locks.held(tmp_path, told.append):
        assert len(list(tmp_path.glob("*.json"))) == 1
    assert told == [
        f"broke the lock of ann@{socket.gethostname()} (pid {pid}) at 2026-01-02T03:04:05.123456789Z: "
        "that process no longer runs"
    ]


@pytest.mark.skipif(not Path("/proc/stat").exists(), reason="the system does not tell when processes began")
def test_a_lock_that_is_older_than_the_process_with_its_number_is_broken(tmp_path: Path) -> None:
    write_lock(tmp_path, os.getpid(), timestamp="2020-01-01T00:00:00Z")
    told: list[str] = []
    with locks.held(tmp_path, told.append):
        pass
    assert "broke the lock" in told[0]


def test_the_lock_of_another_machine_is_respected(tmp_path: Path) -> None:
    write_lock(tmp_path, dead_pid(), hostname="elsewhere")
    with pytest.raises(EngineError, match="ann@elsewhere"), locks.held(tmp_path, silent):
        pytest.fail("got the lock")


def test_a_lock_that_cannot_be_read_is_respected(tmp_path: Path) -> None:
    (tmp_path / "half.json").write_text('{"pid":')
    with pytest.raises(EngineError, match="unknown"), locks.held(tmp_path, silent):
        pytest.fail("got the lock")


def test_cancel_removes_every_lock(tmp_path: Path) -> None:
    write_lock(tmp_path, 1, hostname="a")
    write_lock(tmp_path, 2, hostname="b")
    assert locks.break_all(tmp_path) == 2
    assert list(tmp_path.iterdir()) == []


def test_exactly_one_of_many_that_start_together_gets_the_lock(tmp_path: Path) -> None:
    barrier, won, lost = threading.Barrier(8), [], []
    release = threading.Event()

    def compete() -> None:
        barrier.wait()
        try:
            with locks.held(tmp_path, lambda _: None):
                won.append(1)
                release.wait(10)
        except EngineError:
            lost.append(1)
            if len(lost) == 7:
                release.set()

    threads = [threading.Thread(target=compete) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(won), len(lost)) == (1, 7)
