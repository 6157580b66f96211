"""An engine is never left behind: its end is waited for, whatever signal comes and whoever stops reading."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[3]
# Runs an engine as `eros` does, then prints how it ended. Whoever runs the tests in the background ignores SIGINT.
WRAPPER = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
from pathlib import Path
from plain_command import streams
from operations import running
streams.prepare()
ended = running.run([sys.executable, "-u", "-c", sys.argv[1]], Path("."), changes=sys.argv[2] == "changes")
print(ended.code, ended.interrupted and ended.interrupted.name, ended.killed and ended.killed.name)
sys.exit(streams.finish(0))
"""
# Ends in order a while after the first signal, at once at the second, and says what it received.
ENGINE = """
import os, signal, sys, time
got = []
def handle(number, frame):
    got.append(number)
    if len(got) > 1:
        print("at once"); os._exit(9)
signal.signal(signal.SIGINT, handle); signal.signal(signal.SIGTERM, handle)
print("ready")
until = time.monotonic() + 60
while not got and time.monotonic() < until: time.sleep(0.01)
until = time.monotonic() + {pause}
while time.monotonic() < until: time.sleep(0.01)
print("state saved after", *(signal.Signals(number).name for number in got)); sys.exit(1)
"""
STUBBORN = """
import signal, time
signal.signal(signal.SIGINT, signal.SIG_IGN); signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("ready"); time.sleep(60)
"""


def start(engine: str, changes: str = "changes") -> subprocess.Popen[str]:
    """The wrapper in a session of its own, so that no terminal takes part; returns once the engine is ready."""
    process = subprocess.Popen(
        [sys.executable, "-c", WRAPPER, engine, changes],
        cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_first_signal_is_passed_on_and_waited_for(number: Any) -> None:
    process = start(ENGINE.format(pause=1.5))
    process.send_signal(number)
    said, _ = process.communicate(timeout=60)
    assert said == f"state saved after {number.name}\n1 {number.name} None\n"


def test_a_second_signal_ends_the_engine_at_once() -> None:
    process = start(ENGINE.format(pause=50))
    process.send_signal(signal.SIGTERM)
    time.sleep(0.3)
    process.send_signal(signal.SIGTERM)
    said, _ = process.communicate(timeout=40)
    assert said == "at once\n9 SIGTERM None\n"


def test_an_engine_that_heeds_no_signal_is_killed_by_the_third() -> None:
    process = start(STUBBORN)
    for _ in range(3):
        process.send_signal(signal.SIGTERM)
        time.sleep(0.2)
    said, _ = process.communicate(timeout=40)
    assert said == f"{128 + signal.SIGKILL} SIGTERM SIGKILL\n"


def test_an_update_goes_on_when_its_reader_leaves(tmp_path: Path) -> None:
    engine = f"print('ready'); [print('x' * 99) for _ in range(5000)]; open({str(tmp_path / 'end')!r}, 'w').close()"
    process = start(engine)
    assert process.stdout
    process.stdout.close()
    assert process.wait(timeout=60) == 0
    assert (tmp_path / "end").exists()


def test_what_only_shows_ends_quietly_when_its_reader_leaves() -> None:
    engine = "import time; print('ready'); [(print('x' * 99), time.sleep(0.001)) for _ in range(60000)]"
    process = start(engine, "shows")
    assert process.stdout
    process.stdout.close()
    assert process.wait(timeout=50) == 128 + signal.SIGPIPE


def test_output_and_errors_that_go_to_one_place_keep_their_order() -> None:
    engine = "import sys; print('ready')\nfor n in range(100): print(n, file=(sys.stdout, sys.stderr)[n % 2])"
    command = ["bash", "-c", '"$@" 2>&1', "bash", sys.executable, "-c", WRAPPER, engine, "shows"]
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=True).stdout
    assert said.splitlines()[1:-1] == [str(number) for number in range(100)]


def test_at_a_terminal_the_engine_gets_one_signal_for_one_interrupt() -> None:
    """The terminal sends its Ctrl-C to both; passing it on as well would end the engine at once."""
    terminal, other = os.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", WRAPPER, ENGINE.format(pause=1.5), "changes"],
        cwd=ROOT, stdin=other, stdout=other, stderr=other, preexec_fn=_own_terminal,
    )  # fmt: skip
    os.close(other)
    said = b""
    while b"ready" not in said:
        said += os.read(terminal, 1000)
    os.write(terminal, b"\x03")
    assert process.wait(timeout=60) == 0
    while b"None" not in said:
        said += os.read(terminal, 1000)
    os.close(terminal)
    assert b"state saved after SIGINT\r\n1 SIGINT None" in said


def _own_terminal() -> None:
    import fcntl
    import termios

    os.setsid()
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
